/** The questions and answers of `parley lan`. */
import { describe, expect, test } from 'vitest'
import { ChatError } from '../../../src/chat/errors.ts'
import { GENERAL } from '../../../src/chat/model.ts'
import { askName, askVerbose, converse, type Dialogue } from '../../../src/cli/lan-guide/dialogue.ts'
import type { DirectStatus } from '../../../src/cli/lan-guide/direct-status.ts'
import { BOB, FakeSession, MAI, NOON, onLan } from '../fake-chat.ts'

const COMMAND = 'Command (POST/DM/PROFILE/LIST/VERBOSE/QUIT): '

/** Answers each question with the next line, and records questions (`? …`) and printed lines. */
function asker(answers: readonly string[]) {
  const shown: string[] = []
  const left = [...answers]
  return {
    shown,
    print: (text: string): void => {
      shown.push(...text.split('\n'))
    },
    ask: (question: string): Promise<string | undefined> => {
      shown.push(`? ${question}`)
      return Promise.resolve(left.shift())
    },
  }
}

function setUp(answers: readonly string[], more: Partial<Dialogue> = {}) {
  const { shown, print, ask } = asker(answers)
  const session = new FakeSession()
  const { chat } = session
  chat.others.set(GENERAL, [BOB, MAI])
  chat.people = [onLan(BOB), onLan(MAI)]
  session.files.set('me.png', 'PNG').set('notes.txt', 'no picture')
  const quitting = new AbortController()
  session.quit = () => {
    quitting.abort()
  }
  const dialogue: Dialogue = {
    chat,
    mode: { verbose: true },
    print,
    ask,
    readFile: session.readFile,
    now: () => NOON,
    perform: async (line) => {
      const refused = await session.type(line)
      print([...session.lines.splice(0), ...(refused === undefined ? [] : [refused])].join('\n'))
    },
    waitUntil: () => Promise.resolve(),
    statusOf: () => Promise.resolve('sent'),
    quitting: quitting.signal,
    ...more,
  }
  /** The lines shown, without the question for a command. */
  const run = async (): Promise<{ allDone: boolean; said: string[] }> => {
    const allDone = await converse(dialogue)
    return { allDone, said: shown.filter((line) => line !== `? ${COMMAND}` && line !== 'Goodbye!') }
  }
  return { chat, dialogue, shown, run }
}

describe('at the start', () => {
  test.each<[name: string, answers: string[], expected: string | undefined, shown: string[]]>([
    ['a name', ['alice'], 'alice', ['? Username: ']],
    ['a name with spaces around', [' Ann Lee '], 'Ann Lee', ['? Username: ']],
    [
      'asked again until it is one',
      ['', 'x'.repeat(65), 'alice'],
      'alice',
      [
        '? Username: ',
        'Error: name must not be empty',
        '? Username: ',
        'Error: name must have at most 32 characters (64 bytes)',
        '? Username: ',
      ],
    ],
    ['the end', [], undefined, ['? Username: ']],
  ])('Username: %s', async (_name, answers, expected, shown) => {
    const asked = asker(answers)
    expect(await askName(asked)).toBe(expected)
    expect(asked.shown).toEqual(shown)
  })

  test.each<[answer: string | undefined, verbose: boolean]>([
    ['', true],
    ['y', true],
    ['yes', true],
    [undefined, true],
    ['n', false],
    [' N ', false],
    ['no', false],
  ])('verbose: %j is %j', async (answer, verbose) => {
    const asked = asker(answer === undefined ? [] : [answer])
    expect(await askVerbose(asked)).toBe(verbose)
    expect(asked.shown).toEqual(['? Enable verbose mode? (y/n, default=y): '])
  })

  test('verbose: anything else is asked again', async () => {
    const asked = asker(['maybe', 'nope', 'n'])
    expect(await askVerbose(asked)).toBe(false)
    const question = '? Enable verbose mode? (y/n, default=y): '
    expect(asked.shown).toEqual([
      question,
      'Please answer y or n.',
      question,
      'Please answer y or n.',
      question,
    ])
  })
})

describe('a command', () => {
  test.each<[name: string, answers: string[], done: string[], said: string[]]>([
    [
      'POST',
      ['POST', 'Hello: all'],
      ['join #general', 'say #general Hello: all'],
      ['? Message: ', 'Message broadcasted to 0 peers'],
    ],
    [
      'in any case',
      ['post', 'hello'],
      ['join #general', 'say #general hello'],
      ['? Message: ', 'Message broadcasted to 0 peers'],
    ],
    [
      'POST with its message',
      ['Post hello there'],
      ['join #general', 'say #general hello there'],
      ['Message broadcasted to 0 peers'],
    ],
    ['POST without any', ['POST', ' '], [], ['? Message: ', 'No message provided']],
    ['POST at the end of the input', ['POST'], [], ['? Message: ', 'No message provided']],
    [
      'DM',
      ['DM', 'mai@10.0.0.11', 'coffee?'],
      ['direct mai@10.0.0.11 coffee?'],
      [
        'Available peers:',
        '  - bob@10.0.0.2 (bob)',
        '  - mai@10.0.0.11 (Mai)',
        '? Recipient (user@ip): ',
        '? Message: ',
        'DM sent to mai@10.0.0.11',
      ],
    ],
    [
      'DM to one of our own kind, with its message',
      ['dm bob@10.0.0.2 hello bob'],
      ['direct 10.0.0.2:8002 hello bob'],
      ['DM sent to bob@10.0.0.2'],
    ],
    [
      'DM by name',
      ['dm Mai', 'hello'],
      ['direct mai@10.0.0.11 hello'],
      ['? Message: ', 'DM sent to mai@10.0.0.11'],
    ],
    [
      'DM to nobody',
      ['DM', ''],
      [],
      [
        'Available peers:',
        '  - bob@10.0.0.2 (bob)',
        '  - mai@10.0.0.11 (Mai)',
        '? Recipient (user@ip): ',
        'No recipient specified',
      ],
    ],
    ['DM without a message', ['DM bob', ''], [], ['? Message: ', 'No message provided']],
    [
      'DM to somebody who is not here',
      ['DM zoe@10.0.0.99', 'hello'],
      [],
      ['? Message: ', 'Error: Peer zoe@10.0.0.99 not found or unreachable'],
    ],
    [
      'PROFILE',
      ['PROFILE', 'Alice A.', 'in the lab', 'n'],
      ['rename Alice A.', 'show in the lab'],
      [
        '? Display Name: ',
        '? Status message: ',
        '? Add profile picture? (y/n): ',
        'Profile updated and broadcasted to 2 peers',
      ],
    ],
    [
      'PROFILE with a picture',
      ['profile', 'Ann', 'new hat', 'y', 'me.png'],
      ['rename Ann', 'show new hat PNG'],
      [
        '? Display Name: ',
        '? Status message: ',
        '? Add profile picture? (y/n): ',
        '? Enter path to image file (or press Enter to skip): ',
        'Avatar added: image/png, 4 characters',
        'Profile updated and broadcasted to 2 peers',
      ],
    ],
    [
      'PROFILE, all empty: nothing changes, and it is announced again',
      ['PROFILE', '', '', 'yes', ''],
      ['show'],
      [
        '? Display Name: ',
        '? Status message: ',
        '? Add profile picture? (y/n): ',
        '? Enter path to image file (or press Enter to skip): ',
        'Profile updated and broadcasted to 2 peers',
      ],
    ],
    [
      'PROFILE with a file that cannot be read: the rest is done',
      ['PROFILE', '', 'in the lab', 'y', 'nowhere.png'],
      ['show in the lab'],
      [
        '? Display Name: ',
        '? Status message: ',
        '? Add profile picture? (y/n): ',
        '? Enter path to image file (or press Enter to skip): ',
        'Error: nowhere.png cannot be read',
        'Profile updated and broadcasted to 2 peers; the picture was not changed',
      ],
    ],
    [
      'PROFILE with a file that cannot be read and nothing else: nothing is done',
      ['PROFILE', '', '', 'y', 'nowhere.png'],
      [],
      [
        '? Display Name: ',
        '? Status message: ',
        '? Add profile picture? (y/n): ',
        '? Enter path to image file (or press Enter to skip): ',
        'Error: nowhere.png cannot be read',
        'Profile not changed',
      ],
    ],
    [
      'PROFILE with a file that is no picture: the rest is done',
      ['PROFILE', '', 'in the lab', 'y', 'notes.txt'],
      ['show in the lab'],
      [
        '? Display Name: ',
        '? Status message: ',
        '? Add profile picture? (y/n): ',
        '? Enter path to image file (or press Enter to skip): ',
        'Error: that is no picture',
        'Profile updated and broadcasted to 2 peers; the picture was not changed',
      ],
    ],
    [
      'PROFILE with another answer than yes or no: it is asked again',
      ['PROFILE', '', 'in the lab', 'FOO', 'yep', 'N'],
      ['show in the lab'],
      [
        '? Display Name: ',
        '? Status message: ',
        '? Add profile picture? (y/n): ',
        'Please answer y or n.',
        '? Add profile picture? (y/n): ',
        'Please answer y or n.',
        '? Add profile picture? (y/n): ',
        'Profile updated and broadcasted to 2 peers',
      ],
    ],
    [
      'PROFILE of somebody',
      ['PROFILE bob'],
      [],
      ['-- bob at 10.0.0.2:8002, in #general', '-- no key: any program at that address could be this one'],
    ],
    [
      'LIST',
      ['LIST'],
      [],
      [
        '[KNOWN PEERS] (2 peers):',
        '  - bob@10.0.0.2 (10.0.0.2:8002) [seen 0s ago]',
        '  - mai@10.0.0.11 (10.0.0.11:50999) [seen 0s ago]',
      ],
    ],
    [
      'VERBOSE, and what is quieter then',
      ['VERBOSE', 'LIST', 'POST hello', 'DM bob hello', 'verbose'],
      ['join #general', 'say #general hello', 'direct 10.0.0.2:8002 hello'],
      [
        'Verbose mode: OFF',
        'Known Peers (2): bob@10.0.0.2, Mai (mai@10.0.0.11)',
        'DM sent to bob',
        'Verbose mode: ON',
      ],
    ],
    [
      'of the prompt of parley peer',
      ['/msg bob hi', '#general hello'],
      ['direct 10.0.0.2:8002 hi', 'say #general hello'],
      ['', ''],
    ],
    [
      'HELP for one',
      ['help join'],
      [],
      ['  /join #channel     join a channel, also when invited; #channel does the same'],
    ],
    ['none', ['', '   '], [], []],
    [
      'one that there is not: nothing is sent',
      ['hello there', 'POSTAGE'],
      [],
      [
        'Invalid command. Use POST, DM, PROFILE, LIST, VERBOSE, or QUIT; /help tells of more',
        'Invalid command. Use POST, DM, PROFILE, LIST, VERBOSE, or QUIT; /help tells of more',
      ],
    ],
  ])('%s', async (_name, answers, done, said) => {
    const { chat, run } = setUp(answers)
    expect((await run()).said).toEqual(said)
    expect(chat.done).toEqual(done)
  })

  test('a message that is too long is an error, and what follows is done', async () => {
    const { chat, run } = setUp(['POST', 'x'.repeat(4097), 'POST hello'])
    const { said, allDone } = await run()
    expect(said).toContain('Error: message must have at most 4096 characters, not 4097')
    expect(chat.done).toEqual(['join #general', 'say #general hello'])
    expect(allDone).toBe(false)
  })

  test.each([['POST', ''], ['DM', ''], ['DM bob', ''], ['hello']])(
    'what is missing or unknown was not done: %j %j',
    async (...answers) => {
      const { chat, run } = setUp(answers)
      expect((await run()).allDone).toBe(false)
      expect(chat.done).toEqual([])
    },
  )

  test('a picture that is none is an error, and the name is changed all the same', async () => {
    const { chat, run } = setUp(['PROFILE', 'Ann', '', 'y', 'notes.txt'])
    const { said, allDone } = await run()
    expect(said.slice(-2)).toEqual([
      'Error: that is no picture',
      'Profile updated and broadcasted to 2 peers; the picture was not changed',
    ])
    expect(chat.done).toEqual(['rename Ann', 'show'])
    expect(allDone).toBe(false)
  })

  test('a status that is refused is one error, whatever the picture', async () => {
    const { chat, run } = setUp(['PROFILE', '', 'too long', 'y', 'me.png'])
    chat.show = () => {
      throw new ChatError(422, 'invalid_field', 'status must have at most 256 bytes', { field: 'status' })
    }
    expect((await run()).said.slice(4)).toEqual(['Error: status must have at most 256 bytes'])
  })

  test.each<[fate: DirectStatus, verbose: boolean, said: string[]]>([
    ['sent', true, ['DM sent to bob@10.0.0.2']],
    ['sent', false, ['DM sent to bob']],
    ['waits', true, ['DM to bob@10.0.0.2 waits, and goes out when that peer answers']],
    ['waits', false, ['DM to bob waits, and goes out when that peer answers']],
    ['failed', true, []],
    ['failed', false, []],
  ])('DM that %s, verbose %s', async (fate, verbose, expected) => {
    const asked: string[] = []
    const { run } = setUp(['DM bob hello'], {
      mode: { verbose },
      statusOf: (messageId, to) => {
        asked.push(`${messageId} ${to.name}`)
        return Promise.resolve(fate)
      },
    })
    expect((await run()).said).toEqual(expected)
    expect(asked).toEqual(['m-1 bob'])
  })

  test.each<[recipients: number, said: string]>([
    [0, 'Message broadcasted to 0 peers'],
    [1, 'Message broadcasted to 1 peer'],
    [2, 'Message broadcasted to 2 peers'],
  ])('POST to %i', async (recipients, expected) => {
    const { chat, run } = setUp(['POST hello'])
    const say = chat.say.bind(chat)
    chat.say = (...args) => ({ ...say(...args), recipients })
    expect((await run()).said).toEqual([expected])
  })

  test('PROFILE to one peer', async () => {
    const { chat, run } = setUp(['PROFILE', 'Ann', '', 'n'])
    chat.others.set(GENERAL, [BOB])
    expect((await run()).said.at(-1)).toBe('Profile updated and broadcasted to 1 peer')
  })

  test('DM without a peer', async () => {
    const { chat, run } = setUp(['DM'])
    chat.others.clear()
    expect((await run()).said).toEqual(['No peers available. Use LIST to discover peers first.'])
  })

  test('HELP tells of the words and of the commands', async () => {
    const { said } = await setUp(['HELP', 'HELP lan']).run()
    for (const start of ['  POST [text]', '  QUIT', '  /join #channel', '  /follow nick']) {
      expect(said.filter((line) => line.startsWith(start))).toHaveLength(1)
    }
  })

  test('a message waits for its recipient before it is sent', async () => {
    const waited: boolean[] = []
    const { chat, run } = setUp(['POST hello', 'DM bob hi'], {
      waitUntil: (holds) => {
        waited.push(holds())
        chat.others.set(GENERAL, [BOB])
        waited.push(holds())
        return Promise.resolve()
      },
    })
    chat.others.clear()
    await run()
    expect(waited).toEqual([false, true, true, true, true, true])
    expect(chat.done.map((done) => done.split(' ', 1)[0])).toEqual(['join', 'say', 'direct'])
  })
})

describe('the end', () => {
  test.each([[['QUIT', 'POST hello']], [['quit', 'POST hello']], [[' Quit ', 'POST hello']], [[]]])(
    '%j: nothing more is asked',
    async (answers) => {
      const { chat, shown, run } = setUp(answers)
      expect((await run()).allDone).toBe(true)
      expect(shown).toEqual([`? ${COMMAND}`, 'Goodbye!'])
      expect(chat.done).toEqual([])
    },
  )

  test('/quit too', async () => {
    const { chat, run } = setUp(['/quit', 'POST hello'])
    await run()
    expect(chat.done).toEqual([])
  })

  test('in the middle of the questions: earlier answers count', async () => {
    const { chat, run } = setUp(['PROFILE', 'Ann'])
    expect((await run()).allDone).toBe(true)
    expect(chat.done).toEqual(['rename Ann', 'show'])
  })
})
