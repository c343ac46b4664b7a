/** Problems as sentences: refusals of the local peer, names and statuses that are too long. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/chat/limits.ts'
import { personName } from '../../src/chat/wire/fields.ts'
import { noticeSentence, problemOf, sentence } from '../../src/web/model/problem.ts'
import { nameProblem, statusProblem } from '../../src/web/model/profile-fields.ts'
import { roomFor, surplus } from '../../src/web/model/text-length.ts'

describe('a refusal becomes a sentence', () => {
  test.each<[name: string, error: string, field: string | undefined, detail: string, text: string]>([
    [
      'by its code',
      'not_joined',
      undefined,
      'you are not in #x; /join #x first',
      'You are not in this channel. Join it first.',
    ],
    ['by its field', 'invalid_field', 'name', 'name must not be empty', 'This name must not be empty.'],
    [
      'of a field that the page calls otherwise',
      'invalid_field',
      'text',
      'text must be text',
      'This message must be text.',
    ],
    [
      'of a field that the page does not know',
      'invalid_field',
      'limit',
      'limit must be 1 or more',
      'This value must be 1 or more.',
    ],
    ['of a code that is unknown', 'odd', undefined, 'the tracker is full', 'The tracker is full.'],
    ['that is a sentence already', 'odd', undefined, 'No space is left.', 'No space is left.'],
    ['with a code that every object has', 'constructor', undefined, 'it is odd', 'It is odd.'],
    ['with control characters', 'odd', undefined, 'it\u001b[2J', 'It␛[2J.'],
  ])('%s', (_name, error, field, detail, text) => {
    expect(problemOf({ error, detail, field })).toEqual({ text, field })
  })

  test.each<[name: string, text: string, words: string]>([
    ['of our own', 'you are in the group Lab now: #lab', 'You are in the group Lab now: #lab.'],
    ['about a known person', 'bob follows you', 'bob follows you.'],
    ['about an unknown person', 'eve follows you', 'Eve follows you.'],
  ])('a notice %s', (_name, text, words) => {
    expect(noticeSentence(text, ['', 'bob'])).toBe(words)
  })

  test('an empty text stays empty', () => {
    expect(sentence(' ')).toBe('')
  })
})

describe('the own name', () => {
  const longest = LIMITS.nameGraphemes
  test.each<[name: string, written: string, problem: string | undefined]>([
    ['ordinary', 'Cô Ánh', undefined],
    ['as long as it may be', 'a'.repeat(longest), undefined],
    ['one too long', 'a'.repeat(longest + 1), 'This name is too long. Take out 1 character.'],
    ['of letters of three bytes', '雪'.repeat(22), 'This name is too long. Take out 1 character.'],
    ['with space around', ` ${'a'.repeat(longest)} `, undefined],
    ['empty', '  ', 'Write the name that others see.'],
    ['of invisible characters', '\u200b\u00ad', 'Write the name that others see.'],
    ['with an invisible character', 'a\u200eb', 'This name has an invisible character in it. Write it anew.'],
  ])('%s', (_name, written, problem) => {
    expect(nameProblem(written)).toBe(problem)
    if (problem === undefined) expect(personName(written)).toBe(written.trim())
    else expect(() => personName(written)).toThrow()
  })
})

test.each<[name: string, status: string, problem: string | undefined]>([
  ['empty', '', undefined],
  ['as long as it may be', 'a'.repeat(LIMITS.statusBytes), undefined],
  ['one too long', 'a'.repeat(LIMITS.statusBytes + 1), 'This status is too long. Take out 1 character.'],
  ['of emoji', '👋🏽'.repeat(30), 'This status is too long. Take out 10 characters.'],
])('a status: %s', (_name, status, problem) => {
  expect(statusProblem(status)).toBe(problem)
})

test.each<[name: string, text: string, left: number]>([
  ['nothing', '', LIMITS.textCharacters],
  ['plain letters', 'a'.repeat(100), LIMITS.textCharacters - 100],
  ['as many as fit', 'a'.repeat(LIMITS.textCharacters), 0],
  ['one more', 'a'.repeat(LIMITS.textCharacters + 1), -1],
  ['letters of three bytes', '雪'.repeat(100), Math.floor((LIMITS.textBytes - 300) / 3)],
  ['too many bytes, though not too many characters', '雪'.repeat(2731), -1],
])('room in a message: %s', (_name, text, left) => {
  expect(roomFor(text)).toBe(left)
})

test('characters are counted as people count them', () => {
  expect(surplus('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', { bytes: 30 })).toBe(1)
})
