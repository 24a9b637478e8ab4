; Fragment: a learning signal of either sign as pulses by chance, right in the mean at every moment.
;
;   x  = min(max(r10, -65535), 65535) * pulse_gain
;   n  = floor(x / 2^pulse_shift) + (1 if what is left of x is more than u, else 0)
;        u uniform in 0 .. 2^23 - 1, drawn anew in every step; what is left, times 2^(23 - pulse_shift)
;   y2 = min(max(n, 0), 127);  y3 = min(max(-n, 0), 127)
;
; Takes the signal in r10. Uses r11..r13. It follows learning_signal, whose y2 and y3 it replaces: a
; step's last write counts. The mean of n is the signal times pulse_gain / 2^pulse_shift exactly,
; however small that is, and n knows nothing of the steps before: so products of n with what changes
; from step to step are right in the mean too. Sums of whole pulses (learning_pulses) are not: they
; come late, and what changes its sign meanwhile is lost. 1 <= pulse_gain <= 127, 0 <= pulse_shift <= 23.
.param shared pulse_shift
.param shared pulse_gain = 1

        MIN     r11, r10, 65535     ; times 127 it still is a word
        LT      r11, -65535
        SEL     r11, -65535, r11
        MUL_SHR r11, r11, pulse_gain, 0
        NEG     r13, pulse_shift
        ADD     r12, r13, 23
        SHL     r12, r11, r12
        AND     r12, r12, 0x7fffff  ; what is left, without the bit above it
        LT      rng_u23, r12
        SEL     r12, 1, 0
        SHL     r11, r11, r13       ; an arithmetic shift: floor, for negative signals too
        ADD     r11, r11, r12
        TRC     2, r11
        NEG     r11, r11
        TRC     3, r11
