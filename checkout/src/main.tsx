/** The entry of all pages of the checkout: the hosted one, the frame in a shop's page, and the way back from a bank. */
import "./style.css";
import { start } from "./start.tsx";

start();
