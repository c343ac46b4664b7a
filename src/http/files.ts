/**
 * A fixed set of files, read once and served from memory.
 *
 * Served are the regular files that lay in the directory at the start: no dot-files, no symbolic links. A request
 * only ever looks into a Map, so no path can lead anywhere else; its spelling decides between 200, 400 and 404, and never
 * which file is read.
 */
import { createHash } from 'node:crypto'
import { readFile, readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { evaluate, preferredCoding, requestedRange, type Validators } from './conditional.ts'
import { ProtocolError, type Handler, type HeaderFields, type Request, type Response } from './message.ts'
import { plainText } from './server-responses.ts'
import { decodePath } from './router.ts'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}
const UNKNOWN_TYPE = 'application/octet-stream'
const COMPRESSIBLE = /^text\/|json|javascript|xml|wasm/

export interface FilesOptions {
  /** Where the directory is mounted: '' for the root (the default), or a path such as `/static`. */
  readonly prefix?: string
  /** Fields of every answer with a file, beside or in place of `Cache-Control: no-cache`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes of all files together; with more, load() rejects. */
  readonly maxBytes?: number
  /** The current time in milliseconds since the epoch. */
  readonly now?: () => number
}

type Coding = 'br' | 'gzip'

/** A file in one content coding, and the fields that come with it. */
interface Variant extends Validators {
  readonly bytes: Buffer
  readonly fields: HeaderFields
  /** The fields that a 304 repeats (RFC 9110 section 15.4.5). */
  readonly brief: HeaderFields
}

interface File {
  readonly identity: Variant
  /** Only those that are smaller, the smallest first. */
  readonly codings: ReadonlyMap<Coding, Variant>
}

/** Quality 11 takes twenty times as long as 9 for a twentieth less. */
const COMPRESS: readonly (readonly [Coding, (bytes: Buffer) => Promise<Buffer>])[] = [
  ['br', (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })],
  ['gzip', (bytes) => promisify(gzip)(bytes, { level: 9 })],
]

const ALLOW = { Allow: 'GET, HEAD, OPTIONS' }

export class Files {
  readonly #files: ReadonlyMap<string, File>
  readonly #now: () => number

  private constructor(files: ReadonlyMap<string, File>, now: () => number) {
    this.#files = files
    this.#now = now
  }

  /** Reads a directory and all below it. Rejects with the error of the file system, or RangeError (maxBytes). */
  static async load(root: string, options: FilesOptions = {}): Promise<Files> {
    const { prefix = '', headers = {}, maxBytes = 64 * 1024 * 1024, now = Date.now } = options
    const common = { 'Cache-Control': 'no-cache', ...headers }
    const files = new Map<string, File>()
    let size = 0
    for await (const [path, file] of walk(root, prefix)) {
      const { mtimeMs } = await stat(file)
      const bytes = await readFile(file)
      if ((size += bytes.length) > maxBytes) throw new RangeError(`more than ${maxBytes} bytes in ${root}`)
      // RFC 9110 section 8.8.2.1: never later than the answer that says it.
      const lastModified = Math.floor(Math.min(mtimeMs, now()) / 1000) * 1000
      files.set(path, await toFile(bytes, contentType(path), lastModified, common))
    }
    for (const [path, file] of [...files]) {
      if (path.endsWith('/index.html')) files.set(path.slice(0, -'index.html'.length), file)
    }
    return new Files(files, now)
  }

  /** The handler for a Server, or for what lies below the prefix. */
  readonly handle: Handler = (request) => {
    try {
      return this.#find(decodePath(request.path), request)
    } catch (error) {
      if (error instanceof ProtocolError) return plainText(error.status, error.message)
      throw error
    }
  }

  #find(path: string, request: Request): Response {
    const file = this.#files.get(path)
    if (file === undefined && !this.#files.has(`${path}/`)) return plainText(404, 'no such file')
    if (request.method === 'OPTIONS') return { status: 204, headers: ALLOW }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return plainText(405, 'files can only be read', ALLOW)
    }
    return file === undefined ? toDirectory(path, request.query) : answer(file, request, this.#now())
  }
}

/** Regular files below a directory, as URL path and file name. */
async function* walk(directory: string, path: string): AsyncGenerator<readonly [path: string, file: string]> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    const below = [`${path}/${entry.name}`, join(directory, entry.name)] as const
    if (entry.isDirectory()) yield* walk(below[1], below[0])
    else if (entry.isFile()) yield below
  }
}

async function toFile(
  bytes: Buffer,
  type: string,
  lastModified: number,
  common: HeaderFields,
): Promise<File> {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const smaller = COMPRESSIBLE.test(type) ? await compress(bytes) : []
  const vary = smaller.length > 0 ? { Vary: 'Accept-Encoding' } : {}
  const variant = (encoded: Buffer, etag: string, coding: HeaderFields): Variant => {
    const validators = { ETag: etag, 'Last-Modified': new Date(lastModified).toUTCString() }
    const brief = { ...common, ...vary, ...validators, 'X-Content-Type-Options': 'nosniff' }
    const fields = { 'Content-Type': type, ...coding, 'Accept-Ranges': 'bytes', ...brief }
    return { bytes: encoded, etag, lastModified, fields: Object.freeze(fields), brief: Object.freeze(brief) }
  }
  return {
    identity: variant(bytes, `"${hash}"`, {}),
    // Another coding is another representation: its entity-tag differs (RFC 9110 section 8.8.3.3).
    codings: new Map(
      smaller.map(([coding, encoded]) => [
        coding,
        variant(encoded, `"${hash}-${coding}"`, { 'Content-Encoding': coding }),
      ]),
    ),
  }
}

async function compress(bytes: Buffer): Promise<(readonly [Coding, Buffer])[]> {
  const all = await Promise.all(
    COMPRESS.map(async ([coding, encode]) => [coding, await encode(bytes)] as const),
  )
  const smaller = all.filter(([, encoded]) => encoded.length < bytes.length)
  return smaller.sort(([, a], [, b]) => a.length - b.length)
}

function contentType(path: string): string {
  return CONTENT_TYPES[extname(path).toLowerCase()] ?? UNKNOWN_TYPE
}

/** A directory is asked for with its slash, so that links in its page lead where they should. */
function toDirectory(path: string, query: string): Response {
  const location = `${path.split('/').map(encodeURIComponent).join('/')}/${query === '' ? '' : `?${query}`}`
  return plainText(301, 'directories end in a slash', { Location: location })
}

function answer(file: File, request: Request, now: number): Response {
  const coding = preferredCoding(request.headers.get('accept-encoding'), [...file.codings.keys()])
  const variant = (coding === 'identity' ? undefined : file.codings.get(coding)) ?? file.identity
  const { bytes, fields, brief } = variant
  const status = evaluate(request, variant, now)
  if (status === 304) return { status, headers: brief }
  if (status === 412) return plainText(status, 'the file is not the one you meant')
  const range = requestedRange(request, variant, bytes.length, now)
  if (range === undefined) return { status: 200, headers: fields, body: bytes }
  if (range === 'unsatisfiable') {
    return plainText(416, 'the file is shorter', { 'Content-Range': `bytes */${bytes.length}` })
  }
  const { first, last } = range
  const headers = { ...fields, 'Content-Range': `bytes ${first}-${last}/${bytes.length}` }
  return { status: 206, headers, body: bytes.subarray(first, last + 1) }
}
