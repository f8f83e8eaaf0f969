import type { ShopkeeperProblem } from "../../client/src/index.ts";
import type { Language } from "./words.ts";

type Code = ShopkeeperProblem["code"];

/** What the server's kinds of problem are called in Chinese, and what to do; it says the rest itself. */
const KINDS: Readonly<Record<Code, readonly [title: string, remedy: string]>> = {
  "invalid-request": ["请求无效", "请更正下列字段。"],
  "invalid-event": ["事件无效", "请更正下列字段。"],
  "invalid-item": ["商品无效", "请更正下列字段。"],
  "invalid-picture": ["图片无法读取", "请上传完整的 JPEG、PNG 或 WebP 文件；过大时先缩小。"],
  "invalid-file": ["文件无法读取", "请检查格式和字段对应。"],
  "invalid-model-file": ["模型文件无法读取", "若传输中断请重新获取，否则请在原处重新保存。"],
  "invalid-config": ["配置无效", "请更正所指的设置。"],
  "invalid-rule": ["规则无效", "请更正下列字段。"],
  "not-authenticated": ["没有有效的密钥，也没有登录", "请重新登录，或使用有效的密钥。"],
  "wrong-password": ["用户名或密码错误", "请重试；店主可以为您重设密码。"],
  "not-allowed": ["此密钥或用户无权这样做", "请使用具备所需权限的密钥，或换有权限的用户登录。"],
  "password-change-required": ["密码是服务器生成的，须先修改", "请在 /admin 设置您自己的密码。"],
  "foreign-request": ["请求不是来自本服务器的页面", "请在后台页面中操作；程序请使用密钥。"],
  "not-found": ["这里什么也没有", "请核对地址。"],
  "unknown-item": ["商品不在目录中", "请先上传该商品。"],
  "unknown-picture": ["该商品没有图片", "请先上传图片。"],
  "unknown-shopper": ["没有这位顾客", "请先发送该顾客的事件。"],
  "unknown-shop": ["店铺不存在", "请在设置中查看现有店铺。"],
  "unknown-job": ["任务不存在", "请查看任务列表。"],
  "unknown-model": ["模型版本不存在", "请在“模型”页查看现有版本。"],
  "unknown-rule": ["规则不存在", "请查看规则列表。"],
  "unknown-experiment": ["实验不存在", "让一个模型版本面向部分顾客试用，即可开始实验。"],
  "unknown-report": ["报告不存在", "请先运行一次评估。"],
  "unknown-request": ["没有该请求的记录", "请使用已给出列表的编号。"],
  "unknown-key": ["密钥不存在", "请在设置中查看现有密钥。"],
  "unknown-webhook": ["Webhook 不存在", "请在设置中查看现有 Webhook。"],
  "unknown-delivery": ["投递记录不存在", "最旧的记录会被清除；请查看现有记录。"],
  "unknown-user": ["用户不存在", "请在设置中查看现有用户。"],
  "unknown-dataset": ["没有这个名称的数据适配器", "请查看：shopkeeper import --help。"],
  "method-not-allowed": ["该地址不支持此方法", "请使用 Allow 中列出的方法。"],
  conflict: ["期间已被他人更改", "请重新读取后再改一次。"],
  "already-running": ["同样的工作正在运行", "请等待它结束，或取消它。"],
  "too-large": ["请求过大", "请分成几部分发送。"],
  "wrong-media-type": ["这里不接受此媒体类型", "可用类型见 /docs。"],
  "too-little-data": ["数据太少", "请先积累更多事件。"],
  diverged: ["训练发散", "请降低学习率，或加长预热后重新训练。"],
  "no-model": ["还没有训练过模型", "请先训练。"],
  "needs-full-training": ["无法从服务中的版本继续训练", "请完整训练一次。"],
  "not-exportable": ["该版本不能在别处训练", "请训练一个含 Transformer 行为模型的版本后再导出。"],
  "not-compressible": ["该版本不能这样压缩", "请压缩未压缩过的行为模型版本，或换一种方法。"],
  "stale-model": ["模型学习的内容已从日志中删除", "请重新训练或重新导出。"],
  "too-many-requests": ["请求过于频繁", "请稍候再试。"],
  "limit-reached": ["达到配置的上限", "请提高上限，或稍候再试。"],
  cancelled: ["工作已取消", "如仍需要，请重新开始。"],
  overloaded: ["服务器过载", "请稍候再试。"],
  "timed-out": ["回答超时", "请减少所求，或改为任务。"],
  "not-ready": ["服务器正在启动或停止", "请稍后再试。"],
  "storage-full": ["磁盘已满", "请在数据文件夹所在磁盘腾出空间。"],
  "storage-locked": ["数据文件夹正被另一进程使用", "请停止该进程，或改为连接其服务器。"],
  "storage-damaged": ["存储的数据已损坏", "请恢复备份，或重建派生数据：shopkeeper rebuild。"],
  "internal-error": ["服务器出错", "请附上请求编号报告；日志中有详情。"],
  "missing-data": ["数据文件夹不存在", "请设置 SHOPKEEPER_DATA，或指定 --from。"],
  unreachable: ["无法连接服务器", "请检查网络，以及服务器是否在运行。"],
  "no-answer-in-time": ["服务器未及时回答", "请稍后再试。"],
  "unreadable-answer": ["收到的不是本服务器的回答", "请检查中间的代理。"],
  "client-limit": ["达到客户端的上限", "请减少所求。"],
};

/** Undefined for a code that a newer server may have. */
export function problemInChinese(code: string): { title: string; remedy: string } | undefined {
  const words = Object.hasOwn(KINDS, code) ? KINDS[code as Code] : undefined;
  return words === undefined ? undefined : { title: words[0], remedy: words[1] };
}

/** What went wrong, where there is room for one line. */
export function problemLine(error: Error, language: Language): string {
  const { code = "" } = error as { readonly code?: string };
  const known = language === "zh" ? problemInChinese(code) : undefined;
  return known === undefined ? error.message : `${known.title}。${known.remedy}`;
}
