/** The page's chat, in a document, against a scripted peer behind the real web port. */
import { onTestFinished } from 'vitest'
import { ScriptedPeer, type ScriptedPeerOptions } from '../../../scripts/web/scripted-peer.ts'
import { LINES } from '../../../scripts/web/world.ts'
import { textOf } from '../../../src/chat/content.ts'
import { Chat } from '../../../src/web/app/chat.ts'
import { logOf } from '../../../src/web/model/view.ts'
import { until } from '../../support/wait.ts'
import { openBrowser } from './dom.ts'

export interface OpenPage {
  readonly peer: ScriptedPeer
  readonly chat: Chat
}

/** A page that is connected and has loaded every conversation. */
export async function openPage(options: ScriptedPeerOptions = {}): Promise<OpenPage> {
  const peer = await ScriptedPeer.start({ lines: LINES, pages: '/nonexistent', ...options })
  onTestFinished(() => peer.stop())
  openBrowser(`${peer.origin}/chat`)
  const chat = new Chat(tokenOf(peer))
  onTestFinished(() => {
    // Nothing is sent from now on.
    chat.store.dispatch({ kind: 'link', link: { kind: 'refused' } })
  })
  await chat.start()
  await until(() => chat.view.link.kind === 'open', 'the page is connected')
  return { peer, chat }
}

export function tokenOf({ url }: ScriptedPeer): string {
  return new URL(url).hash.replace('#token=', '')
}

/** The texts of a conversation, oldest first. */
export function texts({ view }: Chat, conversation = view.open): string[] {
  return logOf(view, conversation).messages.map(({ text }) => text)
}

/** The texts of own messages that the peer has accepted. */
export function accepted({ chat }: ScriptedPeer): string[] {
  return chat.ownMessages.map(({ message }) => textOf(message.content))
}
