// Written by `npm run registry` from the files beside it: no need to edit.
import { densecl } from './densecl.ts'
import { insloc } from './insloc.ts'
import type { Method } from './method.ts'
import { mmdetection } from './mmdetection.ts'
import { moco } from './moco.ts'
import { openmmlab } from './openmmlab.ts'
import { openmmlabByol } from './openmmlab-byol.ts'
import { openmmlabMoco } from './openmmlab-moco.ts'
import { openmmlabMocoV3 } from './openmmlab-moco-v3.ts'
import { orl } from './orl.ts'
import { pixpro } from './pixpro.ts'
import { pycontrast } from './pycontrast.ts'
import { resim } from './resim.ts'
import { simclrAtanov } from './simclr-atanov.ts'
import { simclrSpijkervet } from './simclr-spijkervet.ts'
import { simclrSthalles } from './simclr-sthalles.ts'
import { simclrV2 } from './simclr-v2.ts'
import { soco } from './soco.ts'
import { swav } from './swav.ts'

/** All methods, in alphabetical order. */
export const METHODS: readonly Method[] = [
  densecl,
  insloc,
  mmdetection,
  moco,
  openmmlab,
  openmmlabByol,
  openmmlabMoco,
  openmmlabMocoV3,
  orl,
  pixpro,
  pycontrast,
  resim,
  simclrAtanov,
  simclrSpijkervet,
  simclrSthalles,
  simclrV2,
  soco,
  swav,
]
