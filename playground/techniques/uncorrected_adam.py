"""Adam without bias correction: PyTorch has no switch for it, so it is written out here."""

import torch


class AdamWithoutCorrection(torch.optim.Optimizer):
    """Adam (Kingma & Ba 2015, Algorithm 1) with the moments used as they are.

    The moments start at zero, so the first step is (1 - beta1) / sqrt(1 - beta2) times lr: with
    the default betas 3.16 times, where the corrected step is lr.
    """

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):  # type: ignore[no-untyped-def]
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):  # type: ignore[no-untyped-def, override]
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for w in group["params"]:
                if w.grad is None:
                    continue
                state = self.state[w]
                if not state:
                    state["exp_avg"] = torch.zeros_like(w)
                    state["exp_avg_sq"] = torch.zeros_like(w)
                m, v = state["exp_avg"], state["exp_avg_sq"]
                m.mul_(beta1).add_(w.grad, alpha=1 - beta1)
                v.mul_(beta2).addcmul_(w.grad, w.grad, value=1 - beta2)
                w.addcdiv_(m, v.sqrt().add_(group["eps"]), value=-group["lr"])
        return loss
