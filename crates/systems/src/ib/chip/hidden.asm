; Hidden unit of the information-bottleneck rule: sums what comes in, then fires its value.
;
;   v'     = v + s0
;   fires  iff fire_from <= clock < fire_until and v' >= threshold; then v' = v' - threshold
;   count' = count + 1 if it fires;  clock' = clock + 1
;   y1     = 1 if count' > 0, else 0: the derivative of the rectifier
;   y2, y3 = pulses of the modulator s1 if y1 is 1, see the fragment learning_pulses
;
; So count ends as min(max(floor(sum / threshold), 0), fire_until - fire_from). Sums saturate at 24 bit.
.program ib_hidden
.spike binary
.state v clock count
.param shared fire_from
.param shared fire_until
.param shared threshold

        RDC     r0, s0
        MOV     r1, v
        ADDS    r1, r1, r0
        MOV     r2, clock
        ADD     r3, r2, 1
        RMW     _, clock, r3
        MOV     r4, count
        LT      r2, fire_from
        JMP_C   quiet
        GE      r2, fire_until
        JMP_C   quiet
        LT      r1, threshold
        JMP_C   quiet
        SPIKE
        NEG     r5, threshold
        ADD     r1, r1, r5
        ADD     r4, r4, 1
        RMW     _, count, r4
quiet:  RMW     _, v, r1
        EQ      r4, 0
        SEL     r6, 0, 1
        TRC     1, r6
        RDC     r10, s1
        EQ      r4, 0
        SEL     r10, 0, r10
.include "learning_pulses"
