/** Follows and likes, for LSNP programs. */
import { name } from '../../terminal/render.ts'
import { needed, type Command, type Session } from './command.ts'
import { lsnpIdOf, requireLan } from './lsnp.ts'
import { peerNamed } from './recipients.ts'
import { nameIn } from './words.ts'

export const LAN_FOLLOW_COMMANDS: readonly Command[] = [
  {
    names: ['follow'],
    usage: '/follow nick',
    help: 'follow the posts of an LSNP program, and tell it so',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => follow(session, nameIn(needed(rest, '/follow nick')), true),
  },
  {
    names: ['unfollow'],
    usage: '/unfollow nick',
    help: 'follow them no longer',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => follow(session, nameIn(needed(rest, '/unfollow nick')), false),
  },
  {
    names: ['like'],
    usage: '/like nick',
    help: 'like the latest post of an LSNP program',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => like(session, nameIn(needed(rest, '/like nick')), true),
  },
  {
    names: ['unlike'],
    usage: '/unlike nick',
    help: 'like it no longer',
    topic: 'lan',
    people: 'all',
    speaks: 'elsewhere',
    run: (session, rest) => like(session, nameIn(needed(rest, '/unlike nick')), false),
  },
]

async function follow({ chat, print }: Session, nick: string, following: boolean): Promise<void> {
  const lan = requireLan(chat)
  const peer = await peerNamed(chat, nick)
  lan.command({ kind: 'follow', to: lsnpIdOf(peer, 'following'), following })
  print(following ? `-- you follow ${name(peer)}` : `-- you no longer follow ${name(peer)}`)
}

async function like({ chat, print }: Session, nick: string, liking: boolean): Promise<void> {
  const lan = requireLan(chat)
  const peer = await peerNamed(chat, nick)
  lan.command({ kind: 'like', to: lsnpIdOf(peer, 'liking'), liking })
  print(`-- ${name(peer)} is told that you ${liking ? 'like' : 'no longer like'} its latest post`)
}
