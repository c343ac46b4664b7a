/** The front of a chat: a prompt, a pipe, or the questions of `parley lan`. */
export interface ChatView {
  /** Messages of other users, and the answers to commands that ask for something. */
  print(text: string): void
  /** Remarks: who comes and goes, what a command did. */
  note(text: string): void
  /** Errors. */
  problem(text: string): void
  /** The channel that plain text goes to has changed; undefined: there is none. */
  showChannel(channel: string | undefined): void
  /** The user wants to leave. */
  quit(): void
}
