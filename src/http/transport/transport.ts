/**
 * A transport: one connection as two streams of bytes, and what Connection and ClientConnection know of it. TCP is one
 * (tcp.ts), a connection of the simulation another. Types only.
 *
 * A transport reports to one holder at a time, set by attach(). Nothing arrives before the first attach(), and nothing
 * after `closed`. Calls to the holder never come from inside a call to the transport.
 *
 * To wrap a transport (records, encryption), write a class that implements both interfaces: it is the holder of the
 * inner transport and a transport for its own holder.
 *
 * - attach() itself to the inner transport. Bytes that arrived before and were not used are passed to its received().
 * - received(): decode, pass whole plain pieces on. ended(): pass on only if the stream ended where it may.
 * - write(), end(): encode, pass on, with `taken`. `unsent` counts what is waiting in the wrapper as well.
 * - pause(), resume(), destroy(), reset() and the addresses: pass on. What was decoded while paused is kept until resume().
 * - drained(), closed(): pass on.
 *
 * Take the inner transport from its old holder by attach() alone: the old holder hears nothing from then on.
 */
import type { Address } from './address.ts'

/**
 * The error of a connection, with the code of the system (ECONNREFUSED, ECONNRESET, EHOSTUNREACH) or the reason why the
 * other end has not proved its key.
 */
export type TransportError = Error & { readonly code?: string | undefined }

/** Why there is no connection on which the other end has proved its key. Nothing was sent to it but the request for one. */
export type ProofFailure =
  /** It has another key than the one that was meant. */
  | 'another_key'
  /** It has the key of this end. */
  | 'own_key'
  /** It answered in HTTP, and makes no secure connections. */
  | 'not_offered'
  /** It is in a network with a key, or this end is, and not both in the same. */
  | 'other_network'
  /** It makes too many of them at the moment. */
  | 'busy'
  /** What came was no handshake of an honest end. */
  | 'broken_handshake'

/** Bytes to send. Each character of a string is one byte (Latin-1). */
export type Bytes = string | Uint8Array

/** The holder of a transport. */
export interface TransportHolder {
  /** The connection that connect() began is open. Never called for a connection that was accepted. */
  connected(): void
  /** Before connected(), if the other end has to prove its key first: it is there, and has not done so yet. */
  proving?(): void
  received(chunk: Buffer): void
  /** The other side has sent its FIN. It may still read: the transport stays open until end() or destroy(). */
  ended(): void
  /** There is room again, after write() had returned false. */
  drained(): void
  /** The last call, exactly once; with the error that ended the connection, if one did. */
  closed(error?: TransportError): void
}

export interface Transport {
  readonly remote: Address
  readonly local: Address
  /** Bytes that were given to write() and that the system has not taken yet. */
  readonly unsent: number
  readonly isPaused: boolean
  /** destroy() or reset() was called, or the connection broke: nothing more is sent. */
  readonly isDestroyed: boolean
  /** closed() was called. */
  readonly isClosed: boolean
  /** The exchange at hand should be the last: the connection is made anew. Undefined: it may last. */
  readonly isWorn?: boolean
  /** Bytes that both ends of this connection know, and no other connection has, once both keys are proved (RFC 5056). */
  readonly binding?: Buffer | undefined
  /** From now on this holder is called, and no other. */
  attach(holder: TransportHolder): void
  /**
   * Sends bytes, behind those before; also before the connection is open. False when there is no room: then drained()
   * follows. The bytes are taken all the same. `taken` is called when the system has taken them; perhaps never if the
   * connection breaks.
   */
  write(bytes: Bytes, taken?: () => void): boolean
  /** Sends FIN behind the bytes before. The other side may go on sending. `taken` as for write(). */
  end(taken?: () => void): void
  /** Closes both directions now. What is unsent is lost. */
  destroy(): void
  /** As destroy(), but the other side sees an error (RST) and never a FIN. */
  reset(): void
  /** Nothing is received until resume(): the other side has to wait. */
  pause(): void
  resume(): void
}

/** Connections are accepted here. */
export interface TransportListener {
  readonly address: Address
  /** Stops accepting. Connections that were accepted stay. */
  close(): void
}

export interface Accepting {
  /** Called for each connection, which has no holder yet: attach one before returning. */
  readonly accept: (transport: Transport) => void
  /** An error after listening has begun: EMFILE when the process may open no more files. It goes on listening. */
  readonly failed: (error: TransportError) => void
}

/** Where transports come from. */
export interface TransportNetwork {
  /** Begins to connect. The answer has no holder yet: attach one in the same turn of the event loop. */
  connect(address: Address): Transport
  /** Port 0: any free port. Rejects with the error of listen(2). */
  listen(address: Address, accepting: Accepting): Promise<TransportListener>
}
