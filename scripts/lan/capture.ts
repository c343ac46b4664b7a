/** What goes over the wires of scripts/lan/lab.sh, and what must not be in it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** All frames that go between the hosts meanwhile. */
export async function captured(meanwhile: () => Promise<void>): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-capture-'))
  const file = join(folder, 'frames')
  const script = fileURLToPath(new URL('./sniff.py', import.meta.url))
  const sniffer = spawn('python3', [script, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(sniffer, 'exit')
  try {
    await once(sniffer.stdout, 'data')
    await meanwhile()
    return readFileSync(file)
  } finally {
    sniffer.kill()
    await ended
    rmSync(folder, { recursive: true })
  }
}

/** Bytes as they are, in base64url, base64 and hexadecimal digits. */
export function inAllForms(bytes: Buffer): Buffer[] {
  return [
    bytes,
    ...(['base64url', 'base64', 'hex'] as const).map((form) => Buffer.from(bytes.toString(form))),
  ]
}

/** Throws when one of them is in the frames. */
export function refuseSecrets(frames: Buffer, secrets: readonly Buffer[]): void {
  for (const secret of secrets) {
    const at = frames.indexOf(secret)
    if (at !== -1) throw new Error(`in clear: ${frames.toString('latin1', at - 200, at + 100)}`)
  }
}
