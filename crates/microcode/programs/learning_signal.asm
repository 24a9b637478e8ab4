; Fragment: what a neuron that learns by e-prop tells the learning engine (MC-005, MC-032).
;
;   rate' = trunc(rate * keep_rate / 4096) + (rate_step if r9 is not 0)
;   L     = s1 + trunc((rate' - rate_target) * rate_gain / 2^rate_shift)
;   y1 = min(r8, 127);  y2 = min(max(L, 0) >> l_shift, 127);  y3 = min(max(-L, 0) >> l_shift, 127)
;
; Takes psi in r8 and the spike of this step (0 or 1) in r9. Uses r10..r12. Port 1 brings sum of
; B times error; the term of the rate is off while rate_gain is 0. Probes: psi, learning_signal.
.state rate
.probe psi learning_signal
.param shared l_shift = 0
.param shared keep_rate = 0
.param shared rate_step = 0
.param shared rate_target = 0
.param shared rate_gain = 0
.param shared rate_shift = 12

        TRC     1, r8
        PROBE   psi, r8
        EQ      r9, 0
        SEL     r10, 0, rate_step
        MOV     r11, rate
        MUL_SHR r11, r11, keep_rate, 12
        ADDS    r11, r11, r10
        RMW     _, rate, r11
        NEG     r10, rate_target
        ADDS    r11, r11, r10
        MUL_SHR r11, r11, rate_gain, rate_shift
        RDC     r10, s1
        ADDS    r10, r10, r11       ; L
        PROBE   learning_signal, r10
        MUL_SHR r11, r10, 1, l_shift
        TRC     2, r11
        NEG     r11, r11
        TRC     3, r11
