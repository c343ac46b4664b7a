import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** The layers of docs/design.md as rules: what a folder may not import, and why. */
const layers = [
  {
    files: ['src/http/**'],
    group: ['../*/**'],
    message: 'src/http is a library of its own: it knows nothing of chat.',
  },
  {
    files: ['src/chat/**'],
    group: ['../*/**', '!../http/ip.ts'],
    message: 'src/chat is the common language; it depends on nothing but the spelling of addresses.',
  },
  {
    files: ['src/tracker/**'],
    group: ['../peer/**', '../cli/**', '../udp/**', '../web/**'],
    message: 'The tracker meets peers only in src/chat and over the wire.',
  },
  {
    files: ['src/metrics/**'],
    group: ['../peer/**', '../tracker/**', '../cli/**', '../udp/**', '../web/**'],
    message: 'Numbers come in as counters and gauges; whom they are about is not known here.',
  },
  {
    files: ['src/udp/**'],
    group: ['../peer/**', '../cli/**', '../tracker/**', '../web/**'],
    message: 'Discovery knows the language (src/chat), not who uses it.',
  },
  {
    files: ['src/peer/**'],
    group: ['../tracker/**', '../cli/**', '../web/**'],
    message: 'A peer talks to a tracker over the wire; faces (cli, web) depend on the peer, not the reverse.',
  },
]

const networking = {
  regex: '^(?:node:)?(?:http|https|http2|tls|undici|ws)$',
  message: 'The networking of src/ is written here, on node:net and node:dgram alone.',
}

/** Ways by which text becomes markup. */
const markupFromText = [
  'AssignmentExpression > MemberExpression.left[property.name=/^(?:inner|outer)HTML$/]',
  'CallExpression[callee.property.name=/^(?:insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|write|writeln)$/]',
  'JSXAttribute[name.name=/^(?:dangerouslySetInnerHTML|innerHTML|outerHTML|srcDoc)$/i]',
  'Property[key.name="dangerouslySetInnerHTML"]',
].map((selector) => ({
  selector,
  message: 'What people write becomes text nodes only: markup made of it would run as our own.',
}))

/** Files that import no node module, read no clock and start no timer: all of that is passed in. */
const pure = [
  'src/chat/**',
  'src/http/{ip,message,timeouts,cors,grammar,framing,receive-buffer,message-parser,request-parser,response-parser,encode,router,sentence-page,body,event-stream,conditional,fields,uri}.ts',
  'src/metrics/families.ts',
  'src/peer/{local-api,local-guard,local-message,local-view,newcomers,port-page,web-pages}.ts',
  'src/tracker/registry.ts',
  'src/tracker/{api,forms,known-answers,port-page,roll,small-answer}.ts',
  'src/cli/{command,commands,completion,days,editor,fates,graphemes,harmless,interfaces,keys,lan-commands,lan-dialogue,lan-people,lan-profiles,lan-render,layout,manual,nearest,opening,option-description,pipe-words,reference,render,settings,shell-completion,style,subcommand,words,wrap}.ts',
  'src/cli/doctor/{diagnose,findings,judge-*,judgement,mend,report,words}.ts',
  'src/web/model/**',
  'src/udp/{fields,kinds,lan,lan-acks,lan-announcer,lan-answers,lan-capabilities,lan-context,lan-credit,lan-doubt,lan-group-talk,lan-groups,lan-intake,lan-model,lan-outbox,lan-posting,lan-presence,lan-proof,lan-questions,lan-refusals,lan-rhythm,lan-seen,lan-self,lan-sighting,lan-speech,lan-table,lan-talk,lan-times,lan-tokens,limits,lsnp,messages,networks,table,token}.ts',
]

export default defineConfig(
  { ignores: ['dist', 'coverage'] },
  {
    extends: [
      js.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  ...layers.map(({ files, group, message }) => ({
    files,
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }, networking] }] },
  })),
  {
    files: ['src/cli/**', 'src/web/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [networking] }] },
  },
  {
    // Their own types: a page has a document and no process.
    files: ['src/web/**', 'test/web/page/**'],
    languageOptions: { parserOptions: { projectService: false, project: 'tsconfig.web.json' } },
    rules: {
      'no-restricted-syntax': ['error', ...markupFromText],
    },
  },
  {
    files: pure,
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^node:', message: 'A pure file: sockets, clocks and randomness are passed in.' },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...[
          'setTimeout',
          'setInterval',
          'setImmediate',
          'queueMicrotask',
          'performance',
          'process',
          'console',
          'crypto',
        ].map((name) => ({ name, message: 'A pure file: time, randomness and the console are passed in.' })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'A pure file: the time is an argument.' },
        { object: 'Math', property: 'random', message: 'A pure file: randomness is an argument.' },
      ],
    },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
)
