/** What is checked in the code beside its types: likely mistakes, and how long a module and a function may be. */
import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['node_modules/', 'weerbaar-chat.js'] },
  js.configs.recommended,
  {
    rules: {
      'array-callback-return': 'error',
      complexity: ['error', 12],
      eqeqeq: 'error',
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', 40],
      'no-constructor-return': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-promise-executor-return': 'error',
      'no-self-compare': 'error',
      'no-shadow': 'error',
      'no-template-curly-in-string': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-use-before-define': ['error', { functions: false, variables: false }],
      'no-useless-rename': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'require-atomic-updates': 'error',
    },
  },
  {
    files: ['src/**'],
    languageOptions: { globals: globals.browser },
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ChainExpression CallExpression > SpreadElement', message: 'Chrome before 91 fails on `a?.b(...c, d)`.' },
      ],
      'no-restricted-globals': ['error', 'localStorage', 'sessionStorage', 'indexedDB', 'name', 'event', 'top'],
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'cookie', 'localStorage', 'sessionStorage'].map((property) => ({
          property,
          message: 'Text is set as text, and nothing is stored in the browser.',
        })),
      ],
    },
  },
  { files: ['test/**', '*.mjs'], languageOptions: { globals: globals.node } },
  // A suite of tests is one long function.
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off' } },
];
