/** Text -> parts; attempts to make it more than text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mentionRanges, mentions } from '../../src/web/model/mention.ts'
import { textParts } from '../../src/web/model/text-parts.ts'
import { harmless } from '../../src/chat/harmless.ts'

/** Links in `<>`, mentions in `**`. */
function drawn(text: string, name = 'alice'): string {
  return textParts(text, name)
    .map((part) => {
      if (part.kind === 'link') return `<${part.text}>`
      return part.kind === 'mention' ? `*${part.text}*` : part.text
    })
    .join('')
}

describe('links', () => {
  test.each<[name: string, text: string, drawn: string]>([
    ['none', 'no link', 'no link'],
    ['http', 'see http://a.example now', 'see <http://a.example> now'],
    [
      'https with everything',
      'https://u.example:8443/p/a?q=1&r=2#f',
      '<https://u.example:8443/p/a?q=1&r=2#f>',
    ],
    ['in upper case', 'HTTPS://A.EXAMPLE/X', '<HTTPS://A.EXAMPLE/X>'],
    ['at the end of a sentence', 'It is http://a.example/b.', 'It is <http://a.example/b>.'],
    ['in brackets', '(http://a.example/b)', '(<http://a.example/b>)'],
    ['with brackets of its own', 'http://a.example/b_(c)', '<http://a.example/b_(c)>'],
    ['in quotes', '"http://a.example"', '"<http://a.example>"'],
    ['two', 'http://a.example http://b.example', '<http://a.example> <http://b.example>'],
    ['over two lines', 'http://a.example\nhttp://b.example', '<http://a.example>\n<http://b.example>'],
    ['an IPv6 address', 'http://[fd00::1]:8080/chat', '<http://[fd00::1]:8080/chat>'],
    ['javascript', 'javascript:alert(1)', 'javascript:alert(1)'],
    ['javascript behind a scheme', 'https:javascript:alert(1)', 'https:javascript:alert(1)'],
    ['data', 'data:text/html,<b>x', 'data:text/html,<b>x'],
    ['file', 'file:///etc/passwd', 'file:///etc/passwd'],
    ['no host', 'http://', 'http://'],
    ['a port that is none', 'http://a:99999/', 'http://a:99999/'],
    ['markup', '<a href="http://a.example">x</a>', '<a href="<http://a.example>">x</a>'],
    ['a control character ends it', 'http://a.example/\u0000b', '<http://a.example/>\u2400b'],
    ['a bidi override ends it', 'http://a.example/\u202egpj.exe', '<http://a.example/>\ufffdgpj.exe'],
  ])('%s', (_name, text, expected) => {
    expect(drawn(text)).toBe(expected)
  })

  test('an address is what the browser makes of it', () => {
    expect(textParts('HTTP://A.Example', 'x')).toEqual([
      { kind: 'link', text: 'HTTP://A.Example', address: 'http://a.example/' },
    ])
  })
})

describe('our name', () => {
  test.each<[name: string, text: string, own: string, drawn: string]>([
    ['with @', 'hi @alice!', 'alice', 'hi *@alice*!'],
    ['alone, in another case', 'Alice, look', 'alice', '*Alice*, look'],
    ['in a longer word', 'malice alices', 'alice', 'malice alices'],
    ['a short one needs the @', 'al or @al', 'al', 'al or *@al*'],
    ['with a space', 'ask Bob B please', 'Bob B', 'ask *Bob B* please'],
    ['beside a link', '@alice http://a.example', 'alice', '*@alice* <http://a.example>'],
    ['not in a link', 'http://alice.example', 'alice', '<http://alice.example>'],
    ['none', 'alice', '', 'alice'],
    ['letters that get longer in lower case', 'İ alice', 'alice', 'İ alice'],
  ])('%s', (_name, text, own, expected) => {
    expect(drawn(text, own)).toBe(expected)
  })

  test('a message mentions whoever it names', () => {
    expect(mentions('hello @ALICE', 'alice')).toBe(true)
    expect(mentions('hello', 'alice')).toBe(false)
  })
})

test('the parts together are the text, made harmless; addresses are http or https', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 8 }), (text, name) => {
      const parts = textParts(`${text} http://a.example/${text}`, name)
      expect(parts.map((part) => part.text).join('')).toBe(harmless(`${text} http://a.example/${text}`))
      for (const part of parts) if (part.kind === 'link') expect(part.address).toMatch(/^https?:\/\//)
    }),
  )
})

test('ranges do not overlap and lie in the text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1, maxLength: 4 }), (text, name) => {
      let last = 0
      for (const [from, to] of mentionRanges(text, name)) {
        expect(from).toBeGreaterThanOrEqual(last)
        expect(to).toBeLessThanOrEqual(text.length)
        last = to
      }
    }),
  )
})
