; Adaptive LIF neuron that learns by e-prop, with psi and the learning signal in pulses by chance.
;
;   z     = 1 if refr = refr_steps else 0                     it spiked in the step before
;   v'    = trunc(v * keep_v / 4096) + a0 - (threshold if z else 0)
;   a'    = trunc(a * keep_a / 2^a_shift) + (a_step if z else 0)
;   A     = threshold + trunc(a' * beta / 2^beta_shift)
;   rate' = trunc(rate * keep_rate / 4096) + (a_step if z else 0)
;   L     = s1 + trunc((rate' + rate_offset) * rate_gain / 2^rate_shift)
;   refr' = max(refr - 1, 0);  psi = 0 if refr' > 0 else trunc(max(threshold - |v' - A|, 0) * psi_gain / 2^psi_shift)
;   spike iff v' >= A and refr' = 0;  then refr' = refr_steps
;   y1    = 1 if floor(u psi_one / 2^23) < psi else 0     u: uniform in 0 .. 2^23 - 1, drawn anew in every step
;   y2, y3 = pulses of L, see the fragment stochastic_pulses
;
; refr_steps >= 1. As eprop_alif without bias; rate_offset is minus the target of the rate. The mean of y1 is psi / psi_one, 1 at most, so that products with y1 may be far smaller than the
; smallest scale of a rule. Sums saturate at 24 bit.
.program eprop_alif_pulses
.spike binary
.state v refr a rate
.param shared keep_v
.param shared threshold
.param shared refr_steps
.param shared keep_a
.param shared a_shift
.param shared a_step
.param neuron beta
.param shared beta_shift
.param shared keep_rate = 0
.param shared rate_offset = 0
.param shared rate_gain = 0
.param shared rate_shift = 12
.param shared psi_gain = 1
.param shared psi_shift = 0
.param shared psi_one

        MOV     r6, refr
        EQ      r6, refr_steps
        NEG     r1, threshold
        SEL     r0, r1, 0
        SEL     r7, a_step, 0
        RDC     r2, a0
        MOV     r3, v
        MUL_SHR r3, r3, keep_v, 12
        ADDS    r3, r3, r2, r0
        RMW     _, v, r3
        MOV     r4, a
        MUL_SHR r4, r4, keep_a, a_shift
        ADDS    r4, r4, r7
        RMW     _, a, r4
        MOV     r13, rate
        MUL_SHR r13, r13, keep_rate, 12
        ADDS    r13, r13, r7
        RMW     _, rate, r13
        ADDS    r10, r13, rate_offset
        MUL_SHR r10, r10, rate_gain, rate_shift
        RDC     r5, s1
        ADDS    r10, r10, r5        ; L
        MUL_SHR r4, r4, beta, beta_shift
        ADDS    r4, r4, threshold   ; A
        NEG     r4, r4
        ADDS    r4, r3, r4          ; v - A
        NEG     r5, r4
        MIN     r5, r4, r5
        ADDS    r5, r5, threshold
        LT      r5, 0
        SEL     r5, 0, r5
        MUL_SHR r8, r5, psi_gain, psi_shift
        ADD     r6, r6, -1
        LT      r6, 0
        SEL     r6, 0, r6
        LT      0, r6
        SEL     r8, 0, r8           ; psi
        SEL     r4, -1, r4
        GE      r4, 0
        SEL     r6, refr_steps, r6
        RMW     _, refr, r6
        SKP_NC  1
        SPIKE
        MOV     r11, rng_u23
        MUL_SHR r11, r11, psi_one, 23
        LT      r11, r8
        SEL     r12, 1, 0
        TRC     1, r12
.include "stochastic_pulses"
