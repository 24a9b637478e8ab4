; Adaptive LIF neuron that learns by e-prop: as eprop_lif, with an adapted threshold.
;
;   refr' = max(refr - 1, 0)
;   v'    = trunc(v * keep_v / 4096) + a0 + bias - (threshold if it spiked in the step before, else 0)
;   a'    = trunc(a * keep_a / 2^a_shift) + (a_step if it spiked in the step before, else 0)
;   A     = threshold + trunc(a' * beta / 2^beta_shift)
;   psi   = 0 if refr' > 0 else trunc(max(threshold - |v' - A|, 0) * psi_gain / 2^psi_shift), see psi_and_spike for psi_round
;   spike iff v' >= A and refr' = 0;  then refr' = refr_steps
;   y1 = psi; y2, y3 = the learning signal of port 1, see the fragment learning_signal
;
; The base threshold is subtracted, not A. Sums saturate at 24 bit. Bellec et al. 2020: a <- rho a + z,
; A = v_th + beta a. With beta = 0 it is eprop_lif.
.program eprop_alif
.spike binary
.state v z refr a
.param shared keep_v
.param neuron bias = 0
.param shared threshold
.param shared refr_steps = 0
.param shared psi_gain
.param shared psi_shift
.param shared keep_a
.param shared a_shift = 12
.param shared a_step
.param neuron beta
.param shared beta_shift = 12

        MOV     r0, z
        EQ      r0, 0
        SEL     r7, 0, a_step
        NEG     r1, threshold
        SEL     r0, 0, r1
        ADDS    r0, r0, bias
        RDC     r2, a0
        MOV     r3, v
        MUL_SHR r3, r3, keep_v, 12
        ADDS    r3, r3, r2, r0
        RMW     _, v, r3
        MOV     r4, a
        MUL_SHR r4, r4, keep_a, a_shift
        ADDS    r4, r4, r7
        RMW     _, a, r4
        MUL_SHR r4, r4, beta, beta_shift
        ADDS    r4, r4, threshold   ; A
        NEG     r4, r4
        ADDS    r4, r3, r4          ; v - A
.include "psi_and_spike"
.include "learning_signal"
