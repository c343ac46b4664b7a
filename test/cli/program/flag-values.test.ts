/** Values of flags. */
import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import * as values from '../../../src/cli/program/flag-values.ts'

describe('is taken', () => {
  test.each<[string, () => unknown, unknown]>([
    ['a name', () => values.newName(' Văn An '), 'Văn An'],
    ['a name with # and @ in it', () => values.newName('c#@home'), 'c#@home'],
    ['the name of a peer, whatever it is', () => values.name('#x'), '#x'],
    ['the first port', () => values.port('1'), 1],
    ['the last port', () => values.port('65535'), 65535],
    ['localhost', () => values.ip('localhost'), '127.0.0.1'],
    ['an IPv6 address', () => values.ip('fd00::5'), 'fd00::5'],
    ['no seconds', () => values.seconds('0'), 0],
    ['a part of a second', () => values.seconds('0.2'), 0.2],
    ['24 days', () => values.seconds('2073600'), 2_073_600],
    ['no messages', () => values.messageCount('0'), 0],
    ['200 messages', () => values.messageCount('200'), 200],
    ['a tenth of a second to measure', () => values.benchSeconds('0.1'), 0.1],
    ['ten minutes to measure', () => values.benchSeconds('600'), 600],
    ['one message a second', () => values.benchPace('1'), 1],
    ['1000 messages a second', () => values.benchPace('1000'), 1_000],
    [
      'several addresses',
      () => values.addresses('10.0.0.1:8000,[fd00::5]:8001', [{ host: '10.0.0.9', port: 1 }]),
      [
        { host: '10.0.0.9', port: 1 },
        { host: '10.0.0.1', port: 8000 },
        { host: 'fd00::5', port: 8001 },
      ],
    ],
    ['several blocks', () => values.blocks('10.0.0.0/8, 192.168.1.7', []), ['10.0.0.0/8', '192.168.1.7']],
    ['host names', () => values.hostNames('pc7, Chat.Example.', ['a']), ['a', 'pc7', 'Chat.Example.']],
    [
      'origins, as browsers send them',
      () => values.origins('HTTP://Chat.Example:80, https://chat.example:8443', ['http://a']),
      ['http://a', 'http://chat.example', 'https://chat.example:8443'],
    ],
    [
      'an origin of an IPv6 address',
      () => values.origins('http://[FD00::5]:8080', []),
      ['http://[fd00::5]:8080'],
    ],
    ['an origin of one label', () => values.origins('http://localhost', []), ['http://localhost']],
    [
      'an origin of an international name',
      () => values.origins('http://bücher.example', []),
      ['http://xn--bcher-kva.example'],
    ],
    [
      'an origin of an extension',
      () => values.origins('Chrome-Extension://abcdef', []),
      ['chrome-extension://abcdef'],
    ],
    ['a command', () => values.command('echo "$PARLEY_TEXT"'), 'echo "$PARLEY_TEXT"'],
  ])('%s', (_name, read, value) => {
    expect(read()).toEqual(value)
  })
})

describe('is refused, with what it must be', () => {
  test.each<[string, () => unknown, string]>([
    ['a name like a channel', () => values.newName('#x'), 'must not begin with # or @'],
    ['a name like a recipient', () => values.newName(' @x'), 'must not begin with # or @'],
    ['an empty name', () => values.newName(' '), 'must not be empty'],
    ['port 0', () => values.port('0'), '1 to 65535'],
    ['port 65536', () => values.port('65536'), '1 to 65535'],
    ['a port with a sign', () => values.port('+1'), '1 to 65535'],
    ['a port that is not a number', () => values.port('http'), '1 to 65535'],
    ['a name for an address', () => values.ip('tracker.lan'), 'IP address'],
    ['an incomplete address', () => values.ip('127.1'), 'IP address'],
    ['a time below 0', () => values.seconds('-1'), 'from 0 to 2073600'],
    ['more than 24 days', () => values.seconds('2073601'), 'from 0 to 2073600'],
    ['no time', () => values.seconds(' '), 'seconds'],
    ['a word for a time', () => values.seconds('soon'), 'seconds'],
    ['201 messages', () => values.messageCount('201'), '0 to 200'],
    ['less than a tenth of a second to measure', () => values.benchSeconds('0.09'), '0.1 to 600'],
    ['more than ten minutes to measure', () => values.benchSeconds('601'), '0.1 to 600'],
    ['no time to measure', () => values.benchSeconds(''), '0.1 to 600'],
    ['no messages a second', () => values.benchPace('0'), '1 to 1000'],
    ['1001 messages a second', () => values.benchPace('1001'), '1 to 1000'],
    ['half a message a second', () => values.benchPace('0.5'), '1 to 1000'],
    ['half a message', () => values.messageCount('0.5'), '0 to 200'],
    ['an address without a port', () => values.addresses('10.0.0.1', []), '192.168.1.5:8000'],
    ['a name for a peer', () => values.addresses('bob.lan:8000', []), '192.168.1.5:8000'],
    ['an IPv6 address without brackets', () => values.addresses('::1:8000', []), '[fd00::5]:8000'],
    ['an address for nobody', () => values.addresses('0.0.0.0:8000', []), 'Nobody can be there'],
    ['an address with a zone', () => values.ip('fe80::1%eth0'), 'zone such as %eth0'],
    ['a link-local address', () => values.ip('fe80::1'), 'Link-local IPv6'],
    ['a peer at an address with a zone', () => values.addresses('[fe80::1%eth0]:8000', []), 'zone'],
    ['a peer at a link-local address', () => values.addresses('[fe80::1]:8000', []), 'Link-local IPv6'],
    ['a peer behind NAT64', () => values.addresses('[64:ff9b::7f00:1]:8000', []), 'stands for an IPv4'],
    ['a host name with a port', () => values.hostNames('chat.example:80', []), 'without a port'],
    ['a URL as a host name', () => values.hostNames('http://chat.example', []), 'host name'],
    ['a pattern as a host name', () => values.hostNames('*.example', []), 'host name'],
    ['every origin', () => values.origins('*', []), 'give each origin by itself'],
    ['a pattern of origins', () => values.origins('http://*.example', []), 'give each origin by itself'],
    ['the origin of files', () => values.origins('null', []), 'serve the page over HTTP'],
    ['a file as an origin', () => values.origins('file:///home/a/chat.html', []), 'serve the page over HTTP'],
    ['an origin with a slash', () => values.origins('http://A:80/', []), 'no path: give http://a.'],
    ['an origin with a path', () => values.origins('http://a:81/chat', []), 'no path: give http://a:81.'],
    ['an origin with a query', () => values.origins('http://a?b', []), 'no path: give http://a.'],
    ['an origin with a backslash', () => values.origins('http://a\\b', []), 'no path: give http://a.'],
    ['an origin without a scheme', () => values.origins('chat.example:8080', []), 'scheme://host'],
    ['an origin without a host', () => values.origins('http://', []), 'scheme://host'],
    ['an origin with a user', () => values.origins('http://a@b', []), 'scheme://host'],
    ['an origin with port 65536', () => values.origins('http://a:65536', []), 'scheme://host'],
    ['an origin of no page', () => values.origins('ws://a', []), 'scheme://host'],
    ['two origins with a space', () => values.origins('http://a http://b', []), 'scheme://host'],
    ['a block with 33 bits', () => values.blocks('10.0.0.0/33', []), '192.168.1.0/24'],
    ['an empty name', () => values.name(' '), 'empty'],
    ['a name over 64 bytes', () => values.name('x'.repeat(65)), '64 bytes'],
    ['an empty command', () => values.command(' '), 'command'],
  ])('%s', (_name, read, hint) => {
    expect(read).toThrow(InvalidArgumentError)
    expect(read).toThrow(hint)
  })
})
