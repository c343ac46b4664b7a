/** The plainest protocol there is, for the floor that others are measured against: a line is a message. */
import type { Socket } from 'node:net'

/** Calls `onLine` for each line that comes, without its end. */
export function onLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('error', () => undefined)
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
