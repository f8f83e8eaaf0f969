/**
 * What the pages of /docs need so that nothing on them stands in a reader's way: darker inks on light
 * sheets, a picture with a name, one landmark, headings in order, and no link inside of a button. All
 * of it by the means that Swagger UI has for it: a style sheet and a plug-in.
 */
const css = `
.topbar .download-url-wrapper { display: none !important; }
html:not(.dark-mode) .swagger-ui .version-stamp .version { background: #3f6212; }
html:not(.dark-mode) .swagger-ui .version-stamp { background: #3f6212 !important; }
html:not(.dark-mode) .swagger-ui .info a,
html:not(.dark-mode) .swagger-ui .info .url,
html:not(.dark-mode) .swagger-ui a.link { color: #1d4f91; }
html:not(.dark-mode) .swagger-ui .btn.authorize,
html:not(.dark-mode) .swagger-ui .btn.authorize span { border-color: #146c43; color: #146c43; }
html:not(.dark-mode) .swagger-ui .btn.authorize svg { fill: #146c43; }
html:not(.dark-mode) .swagger-ui .opblock-get .opblock-summary-method { background: #1d5fa8; }
html:not(.dark-mode) .swagger-ui .opblock-post .opblock-summary-method { background: #146c43; }
html:not(.dark-mode) .swagger-ui .opblock-put .opblock-summary-method { background: #8a4b00; }
html:not(.dark-mode) .swagger-ui .opblock-patch .opblock-summary-method { background: #0f6a5b; }
html:not(.dark-mode) .swagger-ui .opblock-delete .opblock-summary-method { background: #b02020; }
html:not(.dark-mode) .swagger-ui .btn.cancel { border-color: #b02020; color: #b02020; }
html.dark-mode .swagger-ui .btn.try-out__btn.cancel { border-color: #ff9d9d; color: #ff9d9d !important; }
html:not(.dark-mode) .swagger-ui .btn.execute { background: #1d5fa8; border-color: #1d5fa8; }
html:not(.dark-mode) .swagger-ui .parameter__in { color: #595959; }
.swagger-ui .opblock-section-header { flex-wrap: wrap; row-gap: 8px; }
.swagger-ui .try-out.btn-group { flex-wrap: wrap; padding: 0; }
.swagger-ui .microlight { max-height: none !important; }
.swagger-ui .microlight, .swagger-ui .microlight * {
  overflow-wrap: anywhere; white-space: pre-wrap !important;
}
.swagger-ui .microlight span[style*="211, 99, 99"] { color: #ff9d9d !important; }
html:not(.dark-mode) .swagger-ui [class*="json-schema-2020-12"] { color: #3b4151; }
`;

/** Runs between Swagger UI's own scripts and its start, which is when the page has loaded. */
const js = `{
  const plugin = ({ React: { createElement, Fragment } }) => ({
    wrapComponents: {
      InfoContainer: (Info) => (props) =>
        createElement("section", { "aria-label": "About" }, createElement(Info, props)),
      TextArea: (Text) => (props) =>
        createElement(Text, { "aria-label": "Request body", ...props }),
      DeepLink: (Link) => (props) => createElement(Link, { ...props, enabled: false }),
      Logo: () => () => createElement("img", { src: "/icon.svg", alt: "Shopkeeper", height: 40 }),
      operations: (Operations) => (props) =>
        createElement(Fragment, null,
          createElement("h2", { className: "wrapper" }, "Operations"),
          createElement(Operations, props)),
    },
  });
  const begin = window.SwaggerUIBundle;
  window.SwaggerUIBundle = Object.assign(
    (config) => begin({ ...config, plugins: [...config.plugins, plugin] }), begin);
}`;

export const docsTheme: {
  readonly title: string;
  readonly css: { filename: string; content: string }[];
  readonly js: { filename: string; content: string }[];
} = {
  title: "Shopkeeper API",
  css: [{ filename: "shopkeeper.css", content: css }],
  js: [{ filename: "shopkeeper.js", content: js }],
};
