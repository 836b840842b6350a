"""The money of a Stripe subscription: invoices paid, and their payments refunded and disputed."""

from deploy.demo.payloads import stripe_payments as payments
from deploy.demo.payloads.stripe import Object, Shape
from deploy.demo.payloads.stripe_invoices import Invoice
from tests.streams.track.histories.stripe_messages import Paid, Subscription


class Paying(Subscription):
    """What happens to a subscription's payments, and the events of it."""

    def pays(self, invoice: Invoice) -> None:
        """Its twins, and the payment that leads to it, in Stripe's order or not."""
        paid = Paid(
            invoice=invoice.id,
            payment=invoice.payment_intent or "",
            charge=invoice.charge or "",
            amount=invoice.due,
        )
        self.send("invoice.paid", self.shown(invoice))
        if self.maybe():
            self.send("invoice.payment_succeeded", self.shown(invoice))
        if invoice.due:
            self.paid.append(paid)
            self.linked(paid)

    def linked(self, paid: Paid) -> None:
        """Since 2025-03-31 this is what leads from a payment to its invoice; the API always knows it."""
        link = payments.invoice_payment(
            id_=f"inpay_{paid.invoice}",
            invoice=paid.invoice,
            amount=paid.amount,
            currency="EUR",
            created=self.now,
            payment_intent=paid.payment,
        )
        if self.shape is Shape.NEW:
            self.send("invoice_payment.paid", link)
        else:
            self.keep("invoice_payment.paid", link)

    def refund(self) -> None:
        """Of any payment, whole or in part; pending first perhaps; failed in the end perhaps."""
        if not self.paid:
            return
        paid = self.draw(*self.paid)
        amount = self.draw(paid.amount, paid.amount // 2)
        number = len(self.messages)
        told = self.refunded(paid, number, amount, self.draw("succeeded", "pending"))
        self.send("refund.created", told)
        self.tick()
        told = {**told, "status": "succeeded"}
        self.send(self.draw("refund.updated", "charge.refund.updated"), told)
        if self.maybe():
            self.send("charge.refunded", self.charged(paid, told))
        if self.draw(True, False, False):
            self.tick()
            self.send("refund.failed", {**told, "status": "failed"})

    def refunded(self, paid: Paid, number: int, amount: int, status: str) -> Object:
        return payments.refund(
            id_=f"re_{number}",
            amount=amount,
            currency="EUR",
            created=self.now,
            status=status,
            payment_intent=paid.payment,
            charge=paid.charge,
        )

    def charged(self, paid: Paid, refund: Object) -> Object:
        old = self.shape is Shape.OLD
        return payments.charge(
            id_=paid.charge,
            amount=paid.amount,
            currency="EUR",
            created=self.now,
            payment_intent=paid.payment,
            invoice=paid.invoice if old else None,
            amount_refunded=refund["amount"],
            refunds=[refund] if old else None,
        )

    def dispute(self) -> None:
        if not self.paid:
            return
        paid = self.draw(*self.paid)
        about = payments.dispute(
            id_=f"dp_{len(self.messages)}",
            amount=paid.amount,
            currency="EUR",
            created=self.now,
            charge=paid.charge,
            payment_intent=paid.payment,
        )
        self.send("charge.dispute.created", about)
        about = {**about, "balance_transactions": [{"amount": -paid.amount}]}
        self.send("charge.dispute.funds_withdrawn", about)
        if self.maybe():
            self.tick()
            back = [{"amount": -paid.amount}, {"amount": paid.amount}]
            won = {**about, "status": "won", "balance_transactions": back}
            self.send("charge.dispute.funds_reinstated", won)
