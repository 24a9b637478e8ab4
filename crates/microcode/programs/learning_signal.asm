; Fragment: what a neuron that learns by e-prop tells the learning engine (MC-005, MC-032).
;
;   L  = the signal of the fragment total_signal
;   y1 = min(r8, 127);  y2 = min(max(L, 0) >> l_shift, 127);  y3 = min(max(-L, 0) >> l_shift, 127)
;
; Takes psi in r8 and the spike of this step (0 or 1) in r9. Uses r10..r12. Probes: psi,
; learning_signal.
.state rate
.probe psi learning_signal
.param shared l_shift = 0

        TRC     1, r8
        PROBE   psi, r8
.include "total_signal"
        MUL_SHR r11, r10, 1, l_shift
        TRC     2, r11
        NEG     r11, r11
        TRC     3, r11
