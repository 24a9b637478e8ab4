; Fragment: the learning signal of a neuron that learns by e-prop, its own rate included.
;
;   rate' = trunc(rate * keep_rate / 4096) + (rate_step if r9 is not 0)
;   L     = s1 + trunc((rate' - rate_target) * rate_gain / 2^rate_shift)
;
; Takes the spike of this step (0 or 1) in r9; leaves L in r10. Uses r10, r11. Port 1 brings sum of
; B times error; the term of the rate is off while rate_gain is 0. Probe: learning_signal.
.state rate
.probe learning_signal
.param shared keep_rate = 0
.param shared rate_step = 0
.param shared rate_target = 0
.param shared rate_gain = 0
.param shared rate_shift = 12

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
