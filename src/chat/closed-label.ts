/** How a closed channel is called: `!ops`, which no open channel can be called, and with a lock where it is shown. */

/** No open channel has it in its name. */
const MARK = '!'

/** Whether this is the label of a closed channel, as conversations and commands name it. */
export function isClosedLabel(channel: string): boolean {
  return channel.startsWith(MARK)
}

export function closedLabel(name: string): string {
  return `${MARK}${name}`
}

/** The name in a label. */
export function nameInLabel(label: string): string {
  return label.slice(MARK.length)
}

/** `#general`, or `🔒#!ops`: the name of a channel in every sentence and line that is shown. In what is to be typed it is without the lock. */
export function channelTitle(channel: string): string {
  return isClosedLabel(channel) ? `🔒#${channel}` : `#${channel}`
}
