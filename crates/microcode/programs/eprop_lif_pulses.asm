; As eprop_lif, with a learning signal in pulses by chance: for learning rates far below one weight step.
;
;   v', refr', psi, spike = as in eprop_lif;  y1 = psi
;   y2, y3 = pulses of L of the fragment total_signal, see the fragment stochastic_pulses
;
; l_shift has no effect; networks from before there were such pulses may give it.
.program eprop_lif_pulses
.spike binary
.state v z refr
.probe psi
.param shared keep_v
.param neuron bias = 0
.param shared threshold
.param shared refr_steps = 0
.param shared psi_gain
.param shared psi_shift
.param shared psi_round = 0
.param shared l_shift = 0

        MOV     r0, z
        EQ      r0, 0
        NEG     r1, threshold
        SEL     r0, 0, r1
        ADDS    r0, r0, bias
        RDC     r2, a0
        MOV     r3, v
        MUL_SHR r3, r3, keep_v, 12
        ADDS    r3, r3, r2, r0
        RMW     _, v, r3
        ADDS    r4, r3, r1          ; v - threshold
.include "psi_and_spike"
        TRC     1, r8
        PROBE   psi, r8
.include "total_signal"
.include "stochastic_pulses"
