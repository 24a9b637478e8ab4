; Fragment: spike, reset to 0 and refractory hold, as the fixed compartment has them (NC-008, NC-011, NC-013).
;
;   x = 0 if hold > 1 else r2;  spike iff x > threshold;  v' = 0 if spike else x
;   hold' = hold_steps if spike else max(hold - 1, 0)
;
; After the fragment membrane: takes its r2 and writes v. Uses r2, r3.
.state hold
.param shared threshold
.param shared hold_steps = 0

        MOV     r3, hold
        GE      r3, 2
        SEL     r2, 0, r2           ; held at 0 (NC-013)
        ADD     r3, r3, -1
        LT      r3, 0
        SEL     r3, 0, r3
        LT      threshold, r2       ; strictly greater (NC-011)
        SEL     r3, hold_steps, r3
        RMW     _, hold, r3
        JMP_NC  quiet
        SPIKE
        MOV     r2, 0
quiet:  RMW     _, v, r2
