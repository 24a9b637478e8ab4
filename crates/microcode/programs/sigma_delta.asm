; Sigma-delta neuron with graded output, after Lava's fixed-point definition.
;
;   sigma' = wrap24(sigma + s0 * 2^in_shift)
;   act'   = max(wrap24(sigma' + bias), act_min)                 act_min 0: ReLU; -8388608: no bound
;   delta  = wrap24(act' - act + residue)
;   if |delta| >= threshold: send delta * 2^-state_shift (floor), residue' = 0;  else residue' = delta
;
; A delta of which nothing is left after the shift is not sent, but counts as sent.
.program sigma_delta
.spike graded24
.state sigma act residue
.param neuron bias = 0
.param shared act_min = 0
.param shared threshold
.param shared in_shift = 0
.param shared out_shift = 0         ; -state_shift

        RDC     r0, s0
        SHL     r0, r0, in_shift
        MOV     r1, sigma
        ADD     r1, r1, r0
        RMW     _, sigma, r1
        ADD     r1, r1, bias
        LT      r1, act_min
        SEL     r1, act_min, r1
        RMW     r2, act, r1         ; r2: act of the step before
        NEG     r2, r2
        ADD     r2, r1, r2
        MOV     r3, residue
        ADD     r2, r2, r3          ; delta
        NEG     r3, r2
        LT      r2, 0
        SEL     r3, r3, r2          ; |delta|
        GE      r3, threshold
        SEL     r4, 0, r2
        RMW     _, residue, r4
        JMP_NC  done
        SHL     r2, r2, out_shift
        EQ      r2, 0
        SKP_C   1
        SPIKE   r2
done:   END
