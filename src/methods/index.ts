// Written by `npm run registry` from the files beside it: no need to edit.
import { a2mim } from './a2mim.ts'
import { aligndet } from './aligndet.ts'
import { backbone } from './backbone.ts'
import { barlowTwins } from './barlow-twins.ts'
import { beit } from './beit.ts'
import { beitIn1k } from './beit-in1k.ts'
import { beitV2 } from './beit-v2.ts'
import { boltsByol } from './bolts-byol.ts'
import { boltsMoco } from './bolts-moco.ts'
import { boltsSimclr } from './bolts-simclr.ts'
import { boltsSwav } from './bolts-swav.ts'
import { bootmae } from './bootmae.ts'
import { byolLucidrains } from './byol-lucidrains.ts'
import { byolPytorch } from './byol-pytorch.ts'
import { byolPytorchLegacy } from './byol-pytorch-legacy.ts'
import { byolSthalles } from './byol-sthalles.ts'
import { cae } from './cae.ts'
import { care } from './care.ts'
import { cmae } from './cmae.ts'
import { cp2 } from './cp2.ts'
import { croco } from './croco.ts'
import { crossmae } from './crossmae.ts'
import { data2vec } from './data2vec.ts'
import { deepclusterV2 } from './deepcluster-v2.ts'
import { deformableDetr } from './deformable-detr.ts'
import { densecl } from './densecl.ts'
import { densesiam } from './densesiam.ts'
import { detr } from './detr.ts'
import { detreg } from './detreg.ts'
import { dino } from './dino.ts'
import { dinov2 } from './dinov2.ts'
import { esvit } from './esvit.ts'
import { eva } from './eva.ts'
import { eva02 } from './eva-02.ts'
import { fcmae } from './fcmae.ts'
import { gfm } from './gfm.ts'
import { hpm } from './hpm.ts'
import { ibot } from './ibot.ts'
import { ijepa } from './ijepa.ts'
import { insloc } from './insloc.ts'
import { isd } from './isd.ts'
import { leopart } from './leopart.ts'
import { lewel } from './lewel.ts'
import { lightly } from './lightly.ts'
import { lightlyBenchmark } from './lightly-benchmark.ts'
import { lightlyDino } from './lightly-dino.ts'
import { lightlyMae } from './lightly-mae.ts'
import { lightlySimmim } from './lightly-simmim.ts'
import { localmim } from './localmim.ts'
import { mae } from './mae.ts'
import { maeLite } from './mae-lite.ts'
import type { Method } from './method.ts'
import { mfm } from './mfm.ts'
import { mmcr } from './mmcr.ts'
import { mmdetDetector } from './mmdet-detector.ts'
import { mmdet2Detr } from './mmdet2-detr.ts'
import { moby } from './moby.ts'
import { moco } from './moco.ts'
import { mocoV3 } from './moco-v3.ts'
import { msf } from './msf.ts'
import { msn } from './msn.ts'
import { mugs } from './mugs.ts'
import { obow } from './obow.ts'
import { obowTorchvision } from './obow-torchvision.ts'
import { openmmlab } from './openmmlab.ts'
import { openmmlabByol } from './openmmlab-byol.ts'
import { openmmlabMoco } from './openmmlab-moco.ts'
import { openmmlabMocoV3 } from './openmmlab-moco-v3.ts'
import { orl } from './orl.ts'
import { paws } from './paws.ts'
import { pixpro } from './pixpro.ts'
import { pycontrast } from './pycontrast.ts'
import { resim } from './resim.ts'
import { ressl } from './ressl.ts'
import { revisitAirl } from './revisit-airl.ts'
import { scrl } from './scrl.ts'
import { seco } from './seco.ts'
import { selfpatch } from './selfpatch.ts'
import { siameseDetr } from './siamese-detr.ts'
import { siameseIm } from './siamese-im.ts'
import { simclrAtanov } from './simclr-atanov.ts'
import { simclrSpijkervet } from './simclr-spijkervet.ts'
import { simclrSthalles } from './simclr-sthalles.ts'
import { simclrV2 } from './simclr-v2.ts'
import { simmim } from './simmim.ts'
import { simsiam } from './simsiam.ts'
import { simsiamPatrickhua } from './simsiam-patrickhua.ts'
import { slotcon } from './slotcon.ts'
import { soco } from './soco.ts'
import { soloLearn } from './solo-learn.ts'
import { spark } from './spark.ts'
import { swav } from './swav.ts'
import { torchvision } from './torchvision.ts'
import { transformers } from './transformers.ts'
import { twist } from './twist.ts'
import { unigrad } from './unigrad.ts'
import { upDetr } from './up-detr.ts'
import { vicreg } from './vicreg.ts'
import { vicregl } from './vicregl.ts'
import { vissl } from './vissl.ts'

/** All methods, in alphabetical order. */
export const METHODS: readonly Method[] = [
  a2mim,
  aligndet,
  backbone,
  barlowTwins,
  beit,
  beitIn1k,
  beitV2,
  boltsByol,
  boltsMoco,
  boltsSimclr,
  boltsSwav,
  bootmae,
  byolLucidrains,
  byolPytorch,
  byolPytorchLegacy,
  byolSthalles,
  cae,
  care,
  cmae,
  cp2,
  croco,
  crossmae,
  data2vec,
  deepclusterV2,
  deformableDetr,
  densecl,
  densesiam,
  detr,
  detreg,
  dino,
  dinov2,
  esvit,
  eva,
  eva02,
  fcmae,
  gfm,
  hpm,
  ibot,
  ijepa,
  insloc,
  isd,
  leopart,
  lewel,
  lightly,
  lightlyBenchmark,
  lightlyDino,
  lightlyMae,
  lightlySimmim,
  localmim,
  mae,
  maeLite,
  mfm,
  mmcr,
  mmdetDetector,
  mmdet2Detr,
  moby,
  moco,
  mocoV3,
  msf,
  msn,
  mugs,
  obow,
  obowTorchvision,
  openmmlab,
  openmmlabByol,
  openmmlabMoco,
  openmmlabMocoV3,
  orl,
  paws,
  pixpro,
  pycontrast,
  resim,
  ressl,
  revisitAirl,
  scrl,
  seco,
  selfpatch,
  siameseDetr,
  siameseIm,
  simclrAtanov,
  simclrSpijkervet,
  simclrSthalles,
  simclrV2,
  simmim,
  simsiam,
  simsiamPatrickhua,
  slotcon,
  soco,
  soloLearn,
  spark,
  swav,
  torchvision,
  transformers,
  twist,
  unigrad,
  upDetr,
  vicreg,
  vicregl,
  vissl,
]
