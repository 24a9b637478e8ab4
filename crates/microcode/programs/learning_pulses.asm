; Fragment: the learning signal as whole pulses, so that its mean survives however small it is.
;
;   acc' = acc + r10;  n = min(max(trunc(acc' / 2^pulse_shift), -127), 127)
;   y2 = max(n, 0);  y3 = max(-n, 0);  acc = acc' - n * 2^pulse_shift
;
; Takes the signal in r10. Uses r11, r12. It follows learning_signal, whose y2 and y3 it replaces: a
; step's last write counts. Sums saturate at 24 bit. The number of pulses over a time is the sum of
; the signal over that time, to one pulse.
.state pulses
.param shared pulse_shift

        MOV     r11, pulses
        ADDS    r11, r11, r10
        MUL_SHR r12, r11, 1, pulse_shift
        MIN     r12, r12, 127
        LT      r12, -127
        SEL     r12, -127, r12
        TRC     2, r12
        NEG     r12, r12
        TRC     3, r12
        SHL     r12, r12, pulse_shift
        ADD     r11, r11, r12       ; its result is within 24 bit even where -n * 2^pulse_shift is not
        RMW     _, pulses, r11
