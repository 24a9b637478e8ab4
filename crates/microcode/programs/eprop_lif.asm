; LIF neuron that learns by e-prop: soft reset by the threshold one step later, psi and L for the engine.
;
;   refr' = max(refr - 1, 0)
;   v'    = trunc(v * keep_v / 4096) + a0 + bias - (threshold if it spiked in the step before, else 0)
;   psi   = 0 if refr' > 0 else trunc(max(threshold - |v' - threshold|, 0) * psi_gain / 2^psi_shift), see psi_and_spike for psi_round
;   spike iff v' >= threshold and refr' = 0;  then refr' = refr_steps
;   y1 = psi; y2, y3 = the learning signal of port 1, see the fragment learning_signal
;
; threshold > 0; two spikes are at least refr_steps apart, 1 if that is 0. Sums saturate at 24 bit.
; Bellec et al. 2020: v <- alpha v + I - v_th z, psi = gamma / v_th max(0, 1 - |v - v_th| / v_th).
.program eprop_lif
.spike binary
.state v z refr
.param shared keep_v
.param neuron bias = 0
.param shared threshold
.param shared refr_steps = 0
.param shared psi_gain
.param shared psi_shift

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
.include "learning_signal"
