/** Ports of 127.0.0.1 for servers that a test starts later, or where nothing is to listen. */
export { freePort } from '../../src/cli/system/free-port.ts'
