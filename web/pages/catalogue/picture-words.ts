/** Texts of the picture of an item. */
export const PICTURE_WORDS = {
  en: {
    note: "Drop a JPEG, PNG or WebP file here, or choose one. Until events speak for it, the item stands beside what looks like it.",
    upload: "Upload a picture",
    replace: "Replace",
    uploading: "The picture is uploaded",
    done: "Saved: it counts from the next list on.",
    wrongType: "This is no JPEG, PNG or WebP file. Save it as one of them.",
    remove: "Remove",
    removeTitle: "Remove the picture?",
    removeNote: "The item is then known by its words alone until there are events.",
  },
  zh: {
    note: "把 JPEG、PNG 或 WebP 文件拖到这里，或选择文件。在有事件之前，商品会出现在与它外观相似的商品旁边。",
    upload: "上传图片",
    replace: "更换",
    uploading: "正在上传图片",
    done: "已保存：从下一个列表起生效。",
    wrongType: "这不是 JPEG、PNG 或 WebP 文件。请另存为其中一种格式。",
    remove: "移除",
    removeTitle: "移除图片？",
    removeNote: "此后在有事件之前，商品只凭文字被识别。",
  },
};
