; Readout of the information-bottleneck rule: sums what comes in, and learns from its own error.
;
;   v'     = v + s0
;   error  = min(max(v', 0), one) - (s1 - 1) if s1 is not 0: a target, plus 1, from the host; else 0
;   y2, y3 = pulses of error, see the fragment learning_pulses
;
; Sums saturate at 24 bit.
.program ib_readout
.spike binary
.state v
.param shared one

        RDC     r0, s0
        MOV     r1, v
        ADDS    r1, r1, r0
        RMW     _, v, r1
        MIN     r1, r1, one
        LT      r1, 0
        SEL     r1, 0, r1
        RDC     r2, s1
        NEG     r3, r2
        ADD     r3, r3, 1
        ADD     r10, r1, r3
        EQ      r2, 0
        SEL     r10, 0, r10
.include "learning_pulses"
