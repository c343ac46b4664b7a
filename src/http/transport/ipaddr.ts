/**
 * The package ipaddr.js, by require(): an import of a CommonJS module of its size starts the WebAssembly compiler of Node,
 * which keeps 4 MiB of resident memory or more.
 */
import { createRequire } from 'node:module'
import type ipaddr from 'ipaddr.js'

export const { IPv4, IPv6 } = createRequire(import.meta.url)('ipaddr.js') as typeof ipaddr
