/** Candidates for Tab. */
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/chat/commands/registry.ts'
import { complete } from '../../../src/cli/chat/completion.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import { BOB, CAROL, FakeChat } from '../fake-chat.ts'

function chat(): FakeChat {
  const fake = new FakeChat()
  fake.channels = ['general', 'ops', 'ops-night']
  fake.others.set('general', [
    BOB,
    CAROL,
    { ...BOB, port: 8009, name: 'Bobby' },
    { ...BOB, port: 8010, name: 'Đường' },
  ])
  return fake
}

const recent = [CAROL, BOB]

describe('Tab', () => {
  test.each<[name: string, line: string, from: number, candidates: string[]]>([
    ['nothing to go by', '', 0, []],
    ['a command', '/jo', 0, ['/join ']],
    ['commands, in the order of the help', '/h', 0, ['/help ', '/history ']],
    ['a command in capitals', '/JO', 0, ['/join ']],
    ['no such command', '/zz', 0, []],
    ['no command behind a word', 'see /jo', 4, []],
    ['a channel', '#op', 0, ['#ops ', '#ops-night ']],
    ['a channel behind a command', '/join #gen', 6, ['#general ']],
    ['a nick at the start of the line', 'ca', 0, ['carol: ']],
    ['nicks in another case', 'BO', 0, ['bob: ', 'Bobby: ']],
    ['a nick elsewhere', 'hello ca', 6, ['carol ']],
    ['a nick behind a command', '/msg bo', 5, ['bob ', 'Bobby ']],
    ['a nick with @', '@ca', 0, ['@carol ']],
    ['all nicks, who spoke last first', '@', 0, ['@carol ', '@bob ', '@Bobby ', '@Đường ']],
    ['a nick without its accents', 'duo', 0, ['Đường: ']],
    ['a nick with the accents of another', 'Bób', 0, ['bob: ', 'Bobby: ']],
    ['nobody', 'zo', 0, []],
    ['nothing behind a space', 'hello ', 6, []],
  ])('%s: %j', (_name, line, from, candidates) => {
    expect(complete(chat(), recent, line, line.length)).toEqual({ from, candidates })
  })

  test.each<[name: string, line: string, from: number, candidates: string[]]>([
    ['its first word', '/msg Ng', 5, ['"Nguyễn Văn An" ']],
    ['two words without quotes', '/msg nguyễn v', 5, ['"Nguyễn Văn An" ']],
    ['an open quote', '/msg "Nguyễn V', 5, ['"Nguyễn Văn An" ']],
    ['with @', '/msg @Ng', 5, ['@"Nguyễn Văn An" ']],
    ['with @ and an open quote', '/msg @"Ng', 5, ['@"Nguyễn Văn An" ']],
    ['behind DM', 'DM Ng', 3, ['"Nguyễn Văn An" ']],
    ['in another command', '/profile Ng', 9, ['"Nguyễn Văn An" ']],
    ['among several names', '/group Lab bob Ng', 15, ['"Nguyễn Văn An" ']],
    ['behind one in quotes', '/group-add #ops "Nguyễn Văn An" Ng', 32, ['"Nguyễn Văn An" ']],
    ['in a text', 'hello Ng', 6, ['Nguyễn Văn An ']],
    ['in the text of /msg', '/msg bob Ng', 9, ['Nguyễn Văn An ']],
    ['at the start', 'Ng', 0, ['Nguyễn Văn An: ']],
    ['with a quote in it', '/msg q', 5, ['"q \\"x\\"" ']],
    ['a channel is a channel', '/group-add #op', 11, ['#ops ', '#ops-night ']],
  ])('a name with spaces, %s: %j', (_name, line, from, candidates) => {
    const fake = chat()
    fake.others.set('general', [
      BOB,
      { ...CAROL, name: 'Nguyễn Văn An' },
      { ...CAROL, port: 8010, name: 'q "x"' },
    ])
    expect(complete(fake, [], line, line.length)).toEqual({ from, candidates })
  })

  test('all commands for a slash', () => {
    const { candidates } = complete(chat(), [], '/', 1)
    expect(candidates).toEqual(COMMANDS.map(({ names }) => `/${names[0] ?? ''} `))
  })

  test('text behind the cursor does not count', () => {
    expect(complete(chat(), [], 'ca and more', 2)).toEqual({ from: 0, candidates: ['carol: '] })
  })

  test('a user who spoke and left is still offered', () => {
    expect(complete(new FakeChat(), [{ ...CAROL, name: 'zoe' }], 'z', 1).candidates).toEqual(['zoe: '])
  })

  test('one who spoke is offered as it is called now, once', () => {
    const fake = new FakeChat()
    const key = new KeyPair(Buffer.alloc(32, 1)).id
    fake.others.set('general', [{ ...BOB, key, label: 'bob·k3f9-2mx7' }, BOB])
    expect(complete(fake, [{ ...BOB, key }], 'b', 1).candidates).toEqual(['bob·k3f9-2mx7: ', 'bob: '])
  })

  test('a name with control characters is offered as it is shown', () => {
    const fake = new FakeChat()
    fake.others.set('general', [{ ...BOB, name: 'evil\x1b[2J\n' }])
    expect(complete(fake, [], 'ev', 2).candidates).toEqual(['evil␛[2J␊: '])
  })
})
