import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/api/openapi.d.ts'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      // What comes from data is text: nothing is ever put into the page as markup.
      'svelte/no-at-html-tags': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text from data is text; write it as a text node.' },
        { property: 'outerHTML', message: 'Text from data is text; write it as a text node.' },
        { property: 'insertAdjacentHTML', message: 'Text from data is text; write it as a text node.' },
      ],
      // svelte-check tells of these, and knows its own warnings better.
      'svelte/no-unused-svelte-ignore': 'off',
      // Maps and sets that no text or picture depends on need not be watched.
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/no-this-alias': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Types say it already.
      'no-undef': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message: 'The content security policy admits no inline style; `style:name` sets the property instead.',
        },
      ],
      // `void value` in an effect says that the effect depends on it.
      '@typescript-eslint/no-unused-expressions': 'off',
      // Links within the page are hashes, and files of the service: there is no router to resolve them.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
);
