; As eprop_lif, with a learning signal in pulses: for learning rates far below one weight step.
;
; The definition is that of eprop_lif and of the fragment learning_pulses.
.program eprop_lif_pulses
.spike binary
.include "eprop_lif"
.include "learning_pulses"
