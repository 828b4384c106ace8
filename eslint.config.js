import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/__pycache__/", "node_modules/", ".venv/"] },
  js.configs.recommended,
  {
    files: ["playground/stage/static/**/*.js", "playground/ui/*.js"],
    languageOptions: { globals: globals.browser, ecmaVersion: 2024, sourceType: "module" },
    rules: {
      eqeqeq: "error",
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
      "object-shorthand": "error",
      "no-implicit-coercion": ["error", { boolean: false }],
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // The modules are joined into one without a bundler: see playground/stage/linking.py.
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Exports have names." },
        { selector: "ImportNamespaceSpecifier", message: "Import what is needed by its name." },
        {
          selector:
            'ObjectExpression:has(> Property[key.name="role"][value.value="img"]):not(:has(> Property[key.value="aria-label"]))',
          message: "A picture has its name (aria-label) from the start.",
        },
      ],
    },
  },
  {
    files: ["tests/stage/**/*.mjs", "*.js"],
    languageOptions: { globals: globals.node, ecmaVersion: 2024, sourceType: "module" },
  },
];
