/** What the documents name exists: paths, links, npm scripts, the folders of the map, the functions of the reading tour. */
import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DOCUMENTS, ROOT, blocksOf, passagesOf, proseOf, quotedIn, read } from './documents.ts'

const FOLDERS = ['src', 'test', 'scripts', 'docs', 'packaging']

const PATH = new RegExp(`^(?:${FOLDERS.join('|')})/[\\w./-]+$`)

const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }

/** Quoted paths that do not exist. */
function missingIn(prose: string): string[] {
  return quotedIn(prose).filter((quoted) => PATH.test(quoted) && !existsSync(join(ROOT, quoted)))
}

/** Targets of links to files, without their fragments. */
function linksIn(prose: string): string[] {
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
}

describe.each([...DOCUMENTS, 'packaging/README.md'])('%s', (document) => {
  const text = read(document)

  test('every path in backquotes exists', () => {
    expect(missingIn(proseOf(text))).toEqual([])
  })

  test('every link leads to a file', () => {
    expect(linksIn(text).filter((target) => !existsSync(join(ROOT, document, '..', target)))).toEqual([])
  })

  test('every npm script exists', () => {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})

test('a path that does not exist is found', () => {
  expect(missingIn('`src/no-such.ts`, `no-such.ts`, `src/http`')).toEqual(['src/no-such.ts'])
})

/** The folders of an indented tree: `src/http`. */
function foldersIn(tree: string): string[] {
  const path: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', names = ''] = /^( *)((?:[\w-]+\/ ?)+)/.exec(line) ?? []
    const depth = indent.length / 2
    return [...names.matchAll(/([\w-]+)\//g)].map(([, name = '']) => {
      path.splice(depth, path.length, name)
      return path.join('/')
    })
  })
}

test('the map of docs/design.md has all folders of src, and no others', () => {
  const tree = blocksOf(read('docs/design.md')).find(({ text }) => text.startsWith('src/\n'))?.text ?? ''
  const built = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)).replaceAll('\\', '/'))
  expect(foldersIn(tree).sort()).toEqual(['src', 'scripts', 'test', ...built].sort())
})

describe('docs/reading.md names functions beside their files', () => {
  const passages = passagesOf(read('docs/reading.md'))
    .map((passage) => {
      const quoted = quotedIn(passage)
      const functions = quoted.flatMap((each) => /^(#?\w+)\(\)$/.exec(each)?.[1] ?? [])
      return { functions, files: quoted.filter((each) => /^(?:src|test)\/.*\.ts$/.test(each)) }
    })
    .filter(({ functions }) => functions.length > 0)

  test.each(passages)('$functions in $files', ({ functions, files }) => {
    const sources = files.map(read)
    expect(functions.filter((name) => !sources.some((source) => defines(source, name)))).toEqual([])
  })
})

/** Whether the source defines this function or method, and does not only call it. */
function defines(source: string, name: string): boolean {
  const method = new RegExp(`^ {2}(?:readonly |async |static )*${name}(?: = |[(<])`, 'm')
  return method.test(source) || new RegExp(`^(?:export )?(?:async )?function ${name}\\b`, 'm').test(source)
}
