; As eprop_reckon, with a learning signal in pulses by chance.
;
; The definition is that of eprop_reckon and of the fragment stochastic_pulses.
.program eprop_reckon_pulses
.spike binary
.include "eprop_reckon"
.include "stochastic_pulses"
