import js from "@eslint/js";
import globals from "globals";

// The page is built from elements, never from strings: Trusted Types would refuse these in the browser, this says so earlier.
const strings = [
  "innerHTML",
  "outerHTML",
  "insertAdjacentHTML",
  "srcdoc",
  "setHTMLUnsafe",
  "parseHTMLUnsafe",
];

export default [
  { ignores: [".venv/", "data/", "data-demo/", "dist/", "test-results/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        ...strings.map((property) => ({ property, message: "Build elements instead of markup." })),
        { object: "document", property: "write", message: "Build elements instead of markup." },
      ],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { languageOptions: { globals: globals.browser } },
  { files: ["*.js", "**/*.test.js"], languageOptions: { globals: globals.node } },
];
