/** The operating system and its firewall: the running one, or else the installed one. */
import { existsSync, readFileSync } from 'node:fs'
import type { Firewall, System } from '../findings.ts'

/** `root`: the directory that stands for `/`. */
export function probeSystem(platform: string = process.platform, root = ''): System {
  const isThere = (path: string): boolean => existsSync(`${root}${path}`)
  return {
    platform,
    firewall: firewallOf(platform, root, isThere),
    isContainer: isThere('/.dockerenv') || isThere('/run/.containerenv'),
  }
}

const BINARIES = ['/usr/sbin/', '/sbin/', '/usr/bin/', '/bin/']

function firewallOf(platform: string, root: string, isThere: (path: string) => boolean): Firewall {
  if (platform === 'win32') return 'windows'
  if (platform === 'darwin') return 'macos'
  if (platform !== 'linux') return 'unknown'
  const isInstalled = (program: string): boolean => BINARIES.some((directory) => isThere(directory + program))
  if (isInstalled('ufw') && isUfwOn(root)) return 'ufw'
  if (isInstalled('firewalld') && (isThere('/run/firewalld') || isThere('/run/firewalld.pid')))
    return 'firewalld'
  if (isInstalled('iptables')) return 'iptables'
  if (isInstalled('nft')) return 'nftables'
  return 'unknown'
}

function isUfwOn(root: string): boolean {
  try {
    return /^\s*ENABLED=yes/im.test(readFileSync(`${root}/etc/ufw/ufw.conf`, 'utf8'))
  } catch {
    return false
  }
}
