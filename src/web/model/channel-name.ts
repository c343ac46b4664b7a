/**
 * The name of a channel as the user wrote it -> the name to send, or a sentence that says what is wrong with it. The
 * peer checks it again (src/chat/wire); this answers sooner, in the words of the page.
 */
import { closedLabel, isClosedLabel, nameInLabel } from '../../chat/closed-label.ts'
import { LIMITS } from '../../chat/limits.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { bytesOf, tooLong } from './text-length.ts'

export type WrittenChannel = { readonly name: string } | { readonly problem: string }

/** `#Math 101` becomes `Math-101`; the peer makes it lower case. A closed channel keeps its `!`. */
export function channelIn(written: string): WrittenChannel {
  const word = written.trim().replace(/^#\s*/, '').replace(/\s+/gu, '-')
  if (!isClosedLabel(word)) return openNameIn(word)
  const inside = openNameIn(nameInLabel(word))
  return 'problem' in inside ? inside : { name: closedLabel(inside.name) }
}

function openNameIn(name: string): WrittenChannel {
  if (name === '') return { problem: 'Write the name of a channel, such as #homework.' }
  const normal = name.normalize('NFKC')
  const wrong = /[^\p{L}\p{N}\p{M}_.-]|\p{Default_Ignorable_Code_Point}/u.exec(normal)?.[0]
  if (wrong !== undefined)
    return {
      problem: `A channel name has only letters, digits, “_”, “.” and “-”. Take out ${shown(wrong)}.`,
    }
  if (bytesOf(normal.toLowerCase().normalize('NFKC')) > LIMITS.channelBytes)
    return { problem: tooLong('channel name', normal, { bytes: LIMITS.channelBytes }) }
  return { name }
}

function shown(character: string): string {
  const isInvisible = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(character)
  return isInvisible ? 'the invisible character' : `“${sanitizeLine(character)}”`
}
