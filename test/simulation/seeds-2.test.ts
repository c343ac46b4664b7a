import { keepsItsPromises } from './seeds.ts'

keepsItsPromises(101, 100)
