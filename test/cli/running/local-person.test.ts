/** Labels of the people of a machine: in their directories, and never twice. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  keepName,
  LocalPerson,
  localPeople,
  localPerson,
  personCalled,
  renamedFrom,
} from '../../../src/cli/running/local-person.ts'
import { temporaryDirectory } from '../../support/files.ts'

/** A data home with these directories; a text is the file with the label. */
function home(directories: Readonly<Record<string, string | undefined>>): string {
  const data = temporaryDirectory()
  vi.stubEnv('XDG_DATA_HOME', data)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  for (const [directory, label] of Object.entries(directories)) {
    mkdirSync(join(data, 'parley', directory), { recursive: true })
    writeFileSync(join(data, 'parley', directory, 'key'), '')
    if (label !== undefined) writeFileSync(join(data, 'parley', directory, 'name'), label)
  }
  return join(data, 'parley')
}

describe('the label of a directory', () => {
  test.each<[string, string, string | undefined, string | undefined]>([
    ['the name of the directory', 'alice', undefined, 'alice'],
    ['with other characters', 'Nguy%E1%BB%85n', undefined, 'Nguyễn'],
    ['of a second directory of that name', 'alice.2', undefined, 'alice'],
    ['the one that was given', 'alice', 'robert\n', 'robert'],
    ['with spaces', 'alice', 'Bob the Builder\n', 'Bob the Builder'],
    ['without a line end', 'alice', 'robert', 'robert'],
    ['that of the directory for an empty file', 'alice', '', 'alice'],
    ['that of the directory for a file of another program', 'alice', 'a\nb\n', 'alice'],
    ['none', 'alice.copy', undefined, undefined],
  ])('is %s', (_name, directory, written, label) => {
    const all = home({ [directory]: written })
    expect(new LocalPerson(join(all, directory)).label).toBe(label)
  })

  test('is none in another directory before one was given', () => {
    home({})
    const person = new LocalPerson(temporaryDirectory())
    expect(person.label).toBeUndefined()
    person.rename('robert')
    expect(person.label).toBe('robert')
  })
})

describe('people', () => {
  test('are directories with something of a person: not that of a tracker, no file, no empty one', () => {
    const all = home({ bob: undefined, alice: undefined })
    for (const directory of ['tracker', 'empty']) mkdirSync(join(all, directory))
    writeFileSync(join(all, 'tracker', 'tracker-key'), '')
    writeFileSync(join(all, 'file'), '')
    expect(localPeople().map(({ label }) => label)).toEqual(['alice', 'bob'])
    expect(localPerson('tracker', true)?.directory).toBe(join(all, 'tracker'))
  })

  test.each<[string, boolean, string]>([
    ['robert', true, 'bob'],
    ['bob', true, 'bob.2'],
    ['bob', false, 'bob'],
    ['alice', true, 'alice'],
    ['carol', true, 'carol'],
    ['Carol', false, 'Carol'],
  ])('of the name %s, chosen: %s, are in %s', (name, isChosen, directory) => {
    const all = home({ alice: undefined, bob: 'robert' })
    expect(localPerson(name, isChosen)?.directory).toBe(join(all, directory))
  })

  test('with one label twice, as after a copy: the directory of that name, or the first', () => {
    const all = home({ alice: 'carol', bob: 'carol' })
    expect(personCalled('carol')?.directory).toBe(join(all, 'alice'))
    mkdirSync(join(all, 'carol'))
    writeFileSync(join(all, 'carol', 'key'), '')
    expect(personCalled('carol')?.directory).toBe(join(all, 'carol'))
  })

  test('a name that a renamed person had', () => {
    home({ alice: undefined, bob: 'robert', dora: 'emil', 'dora.2': undefined })
    expect(['alice', 'bob', 'robert', 'carol', 'dora'].map(renamedFrom)).toEqual([
      undefined,
      'robert',
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('a new name', () => {
  test('is kept, and the name of the directory can be had again', () => {
    const all = home({ bob: undefined })
    const bob = new LocalPerson(join(all, 'bob'))
    bob.rename('robert')
    expect(readFileSync(join(all, 'bob', 'name'), 'utf8')).toBe('robert\n')
    expect(readdirSync(join(all, 'bob')).sort()).toEqual(['key', 'name'])
    bob.rename('bob')
    expect(personCalled('bob')?.directory).toBe(bob.directory)
  })

  test('is refused when another person has it, also as the name of a directory that was renamed', () => {
    const all = home({ alice: undefined, bob: 'robert', carol: undefined })
    const carol = new LocalPerson(join(all, 'carol'))
    for (const taken of ['alice', 'robert'])
      expect(() => {
        carol.rename(taken)
      }).toThrow(expect.objectContaining({ status: 409, code: 'name_taken', field: 'name' }))
    carol.rename('bob')
    expect(carol.label).toBe('bob')
  })

  test('may be any in a directory that is not in the data home', () => {
    home({ alice: undefined })
    const person = new LocalPerson(temporaryDirectory())
    person.rename('alice')
    expect(person.label).toBe('alice')
  })

  test('that cannot be written holds for this run, which is said', () => {
    const problems: string[] = []
    const person = new LocalPerson(join(temporaryDirectory(), 'gone'))
    keepName(person, 'robert', (sentence) => problems.push(sentence))
    keepName(undefined, 'robert', (sentence) => problems.push(sentence))
    expect(problems).toEqual(['the name is robert until this chat ends, and is not kept (ENOENT)'])
  })
})
