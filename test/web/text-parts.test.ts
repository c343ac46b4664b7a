/** Text -> parts, and attempts to make it more than text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mentionRanges, mentions } from '../../src/web/model/mention.ts'
import { textParts } from '../../src/web/model/text-parts.ts'
import { sanitize } from '../../src/chat/sanitize.ts'

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
    ['between words of another script', '请看https://a.example。', '请看<https://a.example>。'],
    ['in curly quotes', '“http://a.example/b”', '“<http://a.example/b>”'],
    ['in guillemets', '«http://a.example»', '«<http://a.example>»'],
    ['in wide brackets', '（http://a.example）', '（<http://a.example>）'],
    ['with wide brackets of its own', 'http://a.example/（c）', '<http://a.example/（c）>'],
    ['in bold and italic of other programs', '**http://a.example**', '**<http://a.example>**'],
    ['in a link of Markdown', '[x](http://a.example/b)', '[x](<http://a.example/b>)'],
    ['with a comma in it', 'http://a.example/1,2', '<http://a.example/1,2>'],
    [
      'two with a comma between',
      'http://a.example,http://b.example',
      '<http://a.example>,<http://b.example>',
    ],
    [
      'an address within an address',
      'http://a.example/http://b.example',
      '<http://a.example/http://b.example>',
    ],
    ['with an at sign in its path', 'https://a.example/@bob', '<https://a.example/@bob>'],
    [
      'with an at sign in its query',
      'https://a.example?to=b@c.example',
      '<https://a.example?to=b@c.example>',
    ],
    ['a host without dots', 'http://printer/', '<http://printer/>'],
    ['many brackets behind it', `http://a.example${')'.repeat(50)}`, `<http://a.example>${')'.repeat(50)}`],
    ['a joiner in its path', 'https://a.example/می\u200cخواهم', '<https://a.example/می\u200cخواهم>'],
    ['www', 'see www.example.com.', 'see <www.example.com>.'],
    ['www with everything', 'WWW.a.example:81/b?c#d', '<WWW.a.example:81/b?c#d>'],
    ['www in brackets', '(www.example.com)', '(<www.example.com>)'],
    ['www alone', 'www. and www', 'www. and www'],
    ['www with one name', 'www.example', '<www.example>'],
    ['www and numbers', 'www.1.2', 'www.1.2'],
    ['www within a word', 'awww.example.com', 'awww.example.com'],
    ['www in a path', '/srv/www.example.com', '/srv/www.example.com'],
    ['mailto', 'mailto:bob@example.com', '<mailto:bob@example.com>'],
    [
      'mailto with fields',
      'mailto:bob@example.com?bcc=eve@evil.example',
      'mailto:bob@example.com?bcc=eve@evil.example',
    ],
    ['mailto without a mailbox', 'mailto:bob', 'mailto:bob'],
    ['a mailbox', 'ask bob@example.com, please', 'ask <bob@example.com>, please'],
    ['a mailbox with signs', 'bob.b+tag@mail.example.com', '<bob.b+tag@mail.example.com>'],
    ['a mailbox in angle brackets', 'Bob <bob@example.com>', 'Bob <<bob@example.com>>'],
    ['a mailbox in brackets', '(bob@example.com)', '(<bob@example.com>)'],
    ['a mailbox that begins with www', 'www.bob@example.com', '<www.bob@example.com>'],
    ['the id of a peer', 'carol@192.168.1.12', 'carol@192.168.1.12'],
    ['a mailbox of this machine', 'root@localhost', 'root@localhost'],
    ['a repository', 'git@host.example:a/b.git', 'git@host.example:a/b.git'],
    ['two at signs', 'a@b.example@c.example', 'a@b.example@c.example'],
    ['a mailbox in another script', 'ü.b@example.com', 'ü.b@example.com'],
    ['a domain in another script', 'bob@bücher.example', 'bob@bücher.example'],
    ['dots side by side', 'bob..b@example.com', 'bob..b@example.com'],
    ['a name and a password', 'http://user:pw@evil.example/a', 'http://user:pw@evil.example/a'],
    ['a name', 'https://bank.example@evil.example/', 'https://bank.example@evil.example/'],
    ['nothing before an at sign', 'https://@evil.example/', 'https://@evil.example/'],
    ['a backslash', 'https://bank.example\\@evil.example/', 'https://bank.example\\@evil.example/'],
    ['no slashes', 'https:bank.example', 'https:bank.example'],
    ['three slashes', 'http:///evil.example', 'http:///evil.example'],
    ['another scheme before it', 'git+https://a.example', 'git+https://a.example'],
    ['a word before it', 'xhttp://a.example', 'xhttp://a.example'],
    ['ftp', 'ftp://a.example', 'ftp://a.example'],
    ['blob', 'blob:x', 'blob:x'],
    ['vbscript', 'vbscript:x', 'vbscript:x'],
    ['a telephone', 'tel:110', 'tel:110'],
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

  test.each<[name: string, text: string, address: string, host: string | undefined]>([
    ['as the browser reads it', 'HTTP://A.Example', 'http://a.example/', undefined],
    ['with a port', 'http://a.example:8080', 'http://a.example:8080/', undefined],
    ['www', 'www.example.com', 'http://www.example.com/', undefined],
    ['a mailbox', 'Bob@Example.com', 'mailto:Bob@Example.com', undefined],
    [
      'a mailbox with signs of an address',
      'a?b=c&d@example.com',
      'mailto:a%3Fb%3Dc%26d@example.com',
      undefined,
    ],
    ['mailto', 'MAILTO:bob@example.com', 'mailto:bob@example.com', undefined],
    [
      'a host in another script',
      'http://bücher.example/x',
      'http://xn--bcher-kva.example/x',
      'xn--bcher-kva.example',
    ],
    [
      'letters that look like others',
      'https://аррӏе.com',
      'https://xn--80ak6aa92e.com/',
      'xn--80ak6aa92e.com',
    ],
    ['wide letters', 'http://ｅvil.example', 'http://evil.example/', 'evil.example'],
    ['a wide dot', 'http://a。example', 'http://a.example/', 'a.example'],
    ['a number as an address', 'http://2130706433', 'http://127.0.0.1/', '127.0.0.1'],
    ['an address in hexadecimal', 'http://0x7f.1', 'http://127.0.0.1/', '127.0.0.1'],
    ['a host in percent signs', 'http://%65vil.example', 'http://evil.example/', 'evil.example'],
    [
      'www in another script',
      'www.bücher.example',
      'http://www.xn--bcher-kva.example/',
      'www.xn--bcher-kva.example',
    ],
  ])('%s: the real host is shown', (_name, text, address, host) => {
    expect(textParts(text, 'x')).toEqual([{ kind: 'link', text, address, host }])
  })
})

describe('the own name', () => {
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

  test('a message mentions the people it names', () => {
    expect(mentions('hello @ALICE', 'alice')).toBe(true)
    expect(mentions('hello', 'alice')).toBe(false)
  })
})

const PIECES = [
  'http://',
  'HTTPS://',
  'www.',
  'mailto:',
  '@',
  'a.example',
  ':',
  '/',
  '\\',
  '%00',
  '?',
  '#',
  '.',
  ',',
  '(',
  ')',
  '。',
  'ü',
  '\u200d',
  '[::1]',
  ' ',
]

test('the parts join to the sanitized text, and every link leads to a host that is shown', () => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
    fc.string({ unit: 'binary', maxLength: 9 }),
  )
  const texts = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(texts, fc.string({ maxLength: 8 }), (text, name) => {
      const parts = textParts(`${text} http://a.example/${text}`, name)
      expect(parts.map((part) => part.text).join('')).toBe(sanitize(`${text} http://a.example/${text}`))
      for (const part of parts) {
        if (part.kind !== 'link') continue
        expect(part.address).toMatch(/^(?:https?:\/\/|mailto:)/)
        const { protocol, hostname, username, password } = new URL(part.address)
        expect(username + password).toBe('')
        if (protocol !== 'mailto:')
          expect(part.host === hostname || part.text.toLowerCase().includes(hostname), part.text).toBe(true)
      }
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
