#!/bin/sh
# Makes the namespace and its search attributes where they are missing.
set -eu
export TEMPORAL_ADDRESS=temporal:7233
temporal operator namespace describe -n vless-kiosk || temporal operator namespace create -n vless-kiosk --retention 7d
for attribute in ShopUserId=Int ShopState=Keyword ShopProblem=Keyword ShopPlan=Keyword ShopProvider=Keyword ShopOrderId=Keyword ShopExpiresAt=Datetime; do
  temporal operator search-attribute create -n vless-kiosk --name "${attribute%=*}" --type "${attribute#*=}" || true
done
