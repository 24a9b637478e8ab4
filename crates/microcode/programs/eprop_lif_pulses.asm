; As eprop_lif, with a learning signal in pulses by chance: for learning rates far below one weight step.
;
; The definition is that of eprop_lif and of the fragment stochastic_pulses.
.program eprop_lif_pulses
.spike binary
.include "eprop_lif"
.include "stochastic_pulses"
