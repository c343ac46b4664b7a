/** `parley peer`: a peer with a chat in front of it, in a terminal or between pipes. */
import { isInteractive, onSignals } from '../system/signals.ts'
import type { PeerFlags } from './peer-flags.ts'

/** Resolves to the exit status. Rejects with ExitError. */
export async function runPeer(flags: PeerFlags): Promise<number> {
  if (isInteractive() && !flags.json) return runInTerminal(flags)
  const { chatBetweenPipes } = await import('./pipes/pipe-chat.ts')
  return chatBetweenPipes(flags)
}

/** The prompt comes first: the rest of the program is loaded and started behind it. */
async function runInTerminal(flags: PeerFlags): Promise<number> {
  const { Prompt } = await import('./prompt.ts')
  const stopping = new AbortController()
  const prompt = new Prompt(stopping)
  try {
    onSignals(stopping)
    const { chatInTerminal } = await import('./terminal-chat.ts')
    return await chatInTerminal(flags, prompt, stopping)
  } finally {
    prompt.close()
  }
}
