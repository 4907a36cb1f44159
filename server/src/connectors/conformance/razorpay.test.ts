import { razorpayWorld } from "./razorpay-world.testing.ts";
import { connectorConformance } from "./suite.testing.ts";

connectorConformance("razorpay", razorpayWorld);
