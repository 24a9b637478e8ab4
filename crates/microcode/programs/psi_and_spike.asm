; Fragment: the pseudo-derivative and the spike of a neuron that learns by e-prop.
;
;   refr' = max(refr - 1, 0)
;   psi   = 0 if refr' > 0 else trunc((max(threshold - |r4|, 0) + psi_round) * psi_gain / 2^psi_shift)
;   spike iff r4 >= 0 and refr' = 0;  then refr' = refr_steps;  z' = 1 if spike else 0
;
; With half a unit of psi as psi_round, in units of the membrane, psi is rounded instead of cut off.
; Takes the distance from the threshold in r4; leaves psi in r8 and the spike, 0 or 1, in r9. Uses r4..r6.
.state z refr
.param shared threshold
.param shared refr_steps = 0
.param shared psi_gain
.param shared psi_shift
.param shared psi_round = 0

        NEG     r5, r4
        MIN     r5, r4, r5          ; -|r4|
        ADDS    r5, r5, threshold
        LT      r5, 0
        SEL     r5, 0, r5
        ADDS    r5, r5, psi_round
        MUL_SHR r8, r5, psi_gain, psi_shift
        MOV     r6, refr
        ADD     r6, r6, -1
        LT      r6, 0
        SEL     r6, 0, r6
        LT      0, r6
        SEL     r8, 0, r8           ; psi
        SEL     r4, -1, r4
        GE      r4, 0
        SEL     r6, refr_steps, r6
        SEL     r9, 1, 0
        RMW     _, refr, r6
        RMW     _, z, r9
        SKP_NC  1
        SPIKE
