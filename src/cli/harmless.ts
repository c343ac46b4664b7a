/** Text of other people, made safe for a terminal: src/chat/harmless.ts, which the web page uses too. */
export { harmless, harmlessLine, harmlessSentence } from '../chat/harmless.ts'
