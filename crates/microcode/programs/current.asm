; Fragment: the synaptic current, as the fixed compartment has it (NC-001, NC-002, NC-010).
;
;   u <- wrap24(trunc(u * keep_u / 4096) + a0)
;
; Leaves u in r0. Uses r0, r1. keep_u is 4096 - current decay: 0 for a current of one step.
.state u
.param shared keep_u = 0

        RDC     r1, a0
        MOV     r0, u
        MUL_SHR r0, r0, keep_u, 12
        ADD     r0, r0, r1
        RMW     _, u, r0
