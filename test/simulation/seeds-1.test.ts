import { keepsItsPromises } from './seeds.ts'

keepsItsPromises(1, 50)
