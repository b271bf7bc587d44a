"""What people do today: load everything, strip the prefix, save. (MMDetection's script writes nothing for SwAV.)"""
import sys
from collections import OrderedDict

import torch

source, target, prefix = sys.argv[1:]
checkpoint = torch.load(source, map_location='cpu')
state = checkpoint.get('state_dict', checkpoint)
heads = ('module.projection_head.', 'module.prototypes.', 'module.encoder_q.fc.')
kept = OrderedDict((k[len(prefix):], v) for k, v in state.items() if k.startswith(prefix) and not k.startswith(heads))
torch.save({'state_dict': kept}, target)
